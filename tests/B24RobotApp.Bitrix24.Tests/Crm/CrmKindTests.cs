using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Bitrix24.Tests.Crm;

public sealed class CrmKindTests
{
    [Theory]
    [InlineData(2, "deal", "DEAL", "CCrmDocumentDeal", "originId", "crm/deal/details/15/")]
    [InlineData(1, "lead", "LEAD", "CCrmDocumentLead", "originId", "crm/lead/details/15/")]
    [InlineData(7, "quote", "QUOTE", @"Bitrix\Crm\Integration\BizProc\Document\Quote", "UF_CRM_SOURCE_ORIGIN", "crm/type/7/details/15/")]
    [InlineData(31, "invoice", "SMART_INVOICE", @"Bitrix\Crm\Integration\BizProc\Document\SmartInvoice", "xmlId", "crm/type/31/details/15/")]
    [InlineData(147, "dynamic_147", "DYNAMIC_147", @"Bitrix\Crm\Integration\BizProc\Document\Dynamic", "xmlId", "crm/type/147/details/15/")]
    public void A_kind_is_found_by_number_name_and_document(int number, string name, string document, string documentClass, string origin, string path)
    {
        var kind = CrmKind.Find(number)!;

        Assert.Equal((name, document, documentClass, origin, path), (kind.Name, kind.Document, kind.DocumentClass, kind.OriginField, kind.DetailsPath(15)));
        Assert.Equal(kind, CrmKind.Find(name));
        Assert.Equal(kind, CrmKind.FindByDocument(document));
        Assert.Equal(origin.StartsWith("UF_", StringComparison.Ordinal), kind.NeedsOriginField);
    }

    [Theory]
    [InlineData("contact")]
    [InlineData("dynamic_12")]
    [InlineData("dynamic_")]
    [InlineData("dynamic_1x")]
    [InlineData("DEAL")]
    public void What_automation_does_not_run_on_is_no_kind(string name) => Assert.Null(CrmKind.Find(name));
}
