using B24RobotApp.Sandbox.Crm.Catalog;
using B24RobotApp.Sandbox.Crm.Directories;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Methods;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Crm.Samples;

/// <summary>The partner's portal.</summary>
internal static class SourceSample
{
    /// <summary>The pipeline beside the first one.</summary>
    private const int Projects = 4;

    private const int Equipment = 147;

    public static void Fill(SandboxPortal portal)
    {
        var sample = new SampleWriter(portal);
        sample.Users(
            new SandboxUser(1, "Анна", "Кузнецова") { IsAdmin = true, Email = "kuznetsova@partner.example", WorkPosition = "Директор" },
            new SandboxUser(7, "Олег", "Ветров") { Email = "vetrov@partner.example", WorkPosition = "Менеджер" },
            new SandboxUser(12, "Мария", "Соколова") { Email = "sokolova@partner.example", WorkPosition = "Менеджер" },
            new SandboxUser(15, "Пётр", "Лебедев") { IsActive = false, Email = "lebedev@partner.example" });
        sample.Currencies(
            new CrmCurrency("RUB", "Российский рубль", "# ₽", 1), new CrmCurrency("USD", "Доллар США", "$#", 91.5m),
            new CrmCurrency("KZT", "Казахстанский тенге", "# ₸", 0.18m));

        portal.Crm.SetPipeline(0, "Продажи",
            new("NEW", "Новая"), new("PREPARATION", "Переговоры"), new("UC_TRANSFER", "Передать партнёру"),
            new("EXECUTING", "У партнёра"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
        portal.Crm.SetPipeline(Projects, "Проекты",
            new("NEW", "Заявка"), new("UC_ESTIMATE", "Оценка"), new("UC_TRANSFER", "Передать партнёру"),
            new("WON", "Сдан", "S"), new("LOSE", "Отменён", "F"));
        portal.Crm.AddSmartProcess(Equipment, "Оборудование");

        SampleFields.Add(sample, "");
        sample.Field("deal", "1701234567", "string", "Номер заявки");
        sample.Field("deal", "A_1b_2", "string", "Код склада");

        portal.Crm.Data.Measures.Add(new Measure(6, 356, "Час", "ч", "h", false));
        portal.Crm.Data.Products.AddRange(
        [
            new CatalogProduct(101, CatalogMethods.ProductIblock, "Лицензия на 50 пользователей", "LIC-50", 1, 796, portal.Now),
            new CatalogProduct(102, CatalogMethods.ProductIblock, "Настройка воронок", "SRV-FUNNEL", 7, 356, portal.Now),
        ]);
        Deals(sample, Clients(sample));
    }

    private static (long Company, long Director, long Accountant) Clients(SampleWriter sample)
    {
        var company = sample.Item(EntityTypes.CompanyId, """
            {"title":"ООО «Ромашка»","assignedById":7,"comments":"Постоянный клиент","fm":[
              {"typeId":"PHONE","valueType":"WORK","value":"+7 495 123-45-67"},
              {"typeId":"EMAIL","valueType":"WORK","value":"office@romashka.example"},
              {"typeId":"WEB","valueType":"WORK","value":"https://romashka.example"}]}
            """);
        sample.Requisite($$"""
            {"ENTITY_TYPE_ID":4,"ENTITY_ID":{{company}},"PRESET_ID":1,"NAME":"Реквизиты","RQ_COMPANY_NAME":"ООО «Ромашка»",
             "RQ_INN":"7707083893","RQ_KPP":"770701001","RQ_OGRN":"1027700132195"}
            """);
        var director = sample.Item(EntityTypes.ContactId, $$"""
            {"name":"Ирина","lastName":"Белова","post":"Директор","companyIds":[{{company}}],"fm":[
              {"typeId":"PHONE","valueType":"MOBILE","value":"+7 916 000-11-22"},
              {"typeId":"EMAIL","valueType":"WORK","value":"belova@romashka.example"}]}
            """);
        var accountant = sample.Item(EntityTypes.ContactId, $$"""
            {"name":"Сергей","lastName":"Орлов","secondName":"Ильич","companyIds":[{{company}}],"fm":[
              {"typeId":"PHONE","valueType":"WORK","value":"8 (495) 123-45-68"},
              {"typeId":"PHONE","valueType":"MOBILE","value":"+7 916 000-33-44"}]}
            """);
        return (company, director, accountant);
    }

    private static void Deals(SampleWriter sample, (long Company, long Director, long Accountant) clients)
    {
        var full = sample.Item(EntityTypes.DealId, $$"""
            {"title":"Внедрение CRM для «Ромашки» 🚀","stageId":"PREPARATION","assignedById":7,"companyId":{{clients.Company}},
             "contactIds":[{{clients.Director}},{{clients.Accountant}}],"comments":"Просят начать [b]до[/b] конца месяца & прислать смету",
             "sourceId":"WEB","typeId":"SERVICES","begindate":"2026-03-02","closedate":"2026-04-30","probability":70,"utmSource":"yandex",
             "UF_CRM_PROJECT":"Ромашка: продажи","UF_CRM_KEYWORDS":["CRM","воронка \"Опт\""],"UF_CRM_SEATS":45,"UF_CRM_AREA":118.375,
             "UF_CRM_URGENT":"Y","UF_CRM_START_DATE":"2026-03-16","UF_CRM_MEETING":"2026-03-05T12:30:00+03:00",
             "UF_CRM_BUDGET":"350000.50|RUB","UF_CRM_SITE":"https://romashka.example/crm?from=a&to=b",
             "UF_CRM_PLACE":"Москва, Тверская ул., 1|55.757;37.615","UF_CRM_MANAGER":12,"UF_CRM_CHANNEL":"WEB",
             "UF_CRM_DEALER":"C_{{clients.Accountant}}","UF_CRM_KIND":{{sample.Option("UF_CRM_KIND", "IMPLEMENTATION")}},
             "UF_CRM_PRODUCTS":[{{sample.Option("UF_CRM_PRODUCTS", "CLOUD")}},{{sample.Option("UF_CRM_PRODUCTS", "APP")}}],
             "UF_CRM_1701234567":"З-2026/118","UF_CRM_A_1B_2":"MSK-7",
             "UF_CRM_CONTRACT":["Договор № 118.txt","0JTQvtCz0L7QstC+0YAg4oSWIDExOA=="],
             "UF_CRM_PHOTOS":[["зал 1.txt","0LfQsNC7IDE="],["зал 2.txt","0LfQsNC7IDI="]]}
            """, userId: 7);
        sample.Rows(full, """
            [{"productId":101,"price":80000,"quantity":1,"discountTypeId":2,"discountRate":20,"taxRate":20,"taxIncluded":"N","sort":10},
             {"productId":102,"price":4500.5,"quantity":3.5,"discountTypeId":1,"discountSum":250.25,"taxRate":20,"taxIncluded":"Y","measureCode":356,"sort":20},
             {"productName":"Выезд специалиста <в офис>","price":1999.99,"quantity":2,"sort":30},
             {"productName":"Доставка & подъём","price":333.33,"quantity":0.333,"taxRate":0,"sort":40}]
            """);

        var plain = sample.Item(EntityTypes.DealId, $$"""
            {"title":"Обучение отдела продаж","assignedById":12,"companyId":{{clients.Company}},"opportunity":45000,"isManualOpportunity":"Y",
             "UF_CRM_KIND":{{sample.Option("UF_CRM_KIND", "TRAINING")}}}
            """, userId: 12);
        sample.Rows(plain, """[{"productName":"День обучения","price":15000,"quantity":2,"taxRate":20,"taxIncluded":"Y"}]""");

        sample.Item(EntityTypes.DealId, $$"""
            {"title":"Склад «Север»: учёт 📦","categoryId":{{Projects}},"stageId":"C{{Projects}}:UC_ESTIMATE","contactIds":[{{clients.Director}}],
             "currencyId":"USD","opportunity":12500.75,"assignedById":7,"UF_CRM_PROJECT":"Север"}
            """);
        sample.Item(EntityTypes.DealId, """{"title":"Алматы, пилот","currencyId":"KZT","opportunity":1500000,"assignedById":7}""");
        sample.Item(EntityTypes.DealId, """{"title":"Без клиента и товаров","assignedById":15}""");
    }
}
