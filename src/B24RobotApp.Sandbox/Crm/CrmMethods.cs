using B24RobotApp.Sandbox.Crm.Methods;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm;

/// <summary>The methods of crm, catalog, user and im.</summary>
public static class CrmMethods
{
    public static void Register(RestMethodTable table)
    {
        ItemMethods.Register(table);
        ProductRowMethods.Register(table);
        CategoryMethods.Register(table);
        DirectoryMethods.Register(table);
        TypeMethods.Register(table);
        ClassicItemMethods.Register(table);
        DealContactMethods.Register(table);
        DealUserFieldMethods.Register(table);
        UserFieldConfigMethods.Register(table);
        DuplicateMethods.Register(table);
        RequisiteMethods.Register(table);
        AddressMethods.Register(table);
        TimelineMethods.Register(table);
        LogMessageMethods.Register(table);
        StageHistoryMethods.Register(table);
        CatalogMethods.Register(table);
        MeasureMethods.Register(table);
        UserMethods.Register(table);
        NotificationMethods.Register(table);
    }
}
