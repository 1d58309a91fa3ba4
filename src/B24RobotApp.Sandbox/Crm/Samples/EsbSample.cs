using B24RobotApp.Sandbox.Crm.Catalog;
using B24RobotApp.Sandbox.Crm.Directories;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Methods;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Crm.Samples;

/// <summary>The portal that receives deals. Its numbers begin elsewhere, so that a mixed-up id shows.</summary>
internal static class EsbSample
{
    private const int Partners = 12;

    public static void Fill(SandboxPortal portal)
    {
        var sample = new SampleWriter(portal);
        sample.Users(
            new SandboxUser(1, "Виктор", "Громов") { IsAdmin = true, Email = "gromov@esb.example", WorkPosition = "Руководитель" },
            new SandboxUser(21, "Олег", "Ветров") { Email = "vetrov@partner.example", WorkPosition = "Представитель партнёра" },
            new SandboxUser(33, "Дарья", "Фомина") { Email = "fomina@esb.example", WorkPosition = "Приём заявок" });
        sample.Currencies(new CrmCurrency("RUB", "Российский рубль", "# ₽", 1), new CrmCurrency("USD", "Доллар США", "$#", 91.5m));

        var data = portal.Crm.Data;
        foreach (var store in data.Stores)
        {
            store.StartAfter(5000);
        }
        data.ProductRows.StartAfter(70_000);
        data.StartSequence("userfield", 840);
        data.StartSequence("userfieldoption", 612);

        portal.Crm.SetPipeline(0, "Общая",
            new("NEW", "Входящая"), new("PREPARATION", "Разбор"), new("EXECUTING", "Исполнение"),
            new("WON", "Завершена", "S"), new("LOSE", "Отклонена", "F"));
        portal.Crm.SetPipeline(Partners, "Партнёрские сделки",
            new("NEW", "От партнёра"), new("UC_CHECK", "Проверка"), new("UC_ACCEPTED", "Принята"),
            new("WON", "Выполнена", "S"), new("LOSE", "Возвращена", "F"), new("UC_DUPLICATE", "Повтор", "F"));

        SampleFields.Add(sample, "ESB_");
        sample.Field("deal", "REGION", "enumeration", "Округ", """
            {"LIST":[{"VALUE":"Центр","XML_ID":"CENTER"},{"VALUE":"Север","XML_ID":"NORTH"},{"VALUE":"Не указан","XML_ID":"NONE","DEF":"Y"}]}
            """);

        data.Measures.Add(new Measure(9, 356, "Час", "ч", "h", false));
        data.Products.Add(new CatalogProduct(9001, CatalogMethods.ProductIblock, "Лицензия (50)", "LIC-50", 1, 796, portal.Now));

        var company = sample.Item(EntityTypes.CompanyId, """
            {"title":"Ромашка ООО","fm":[{"typeId":"EMAIL","valueType":"WORK","value":"office@romashka.example"}]}
            """);
        sample.Requisite($$"""{"ENTITY_TYPE_ID":4,"ENTITY_ID":{{company}},"PRESET_ID":1,"NAME":"Реквизиты","RQ_INN":"7707083893","RQ_KPP":"770701001"}""");
        sample.Item(EntityTypes.ContactId, $$"""
            {"name":"Ирина","lastName":"Белова","companyIds":[{{company}}],"fm":[{"typeId":"PHONE","valueType":"WORK","value":"+79160001122"}]}
            """);
        sample.Item(EntityTypes.DealId, $$"""{"title":"Своя сделка","companyId":{{company}},"opportunity":10000}""");
    }
}
