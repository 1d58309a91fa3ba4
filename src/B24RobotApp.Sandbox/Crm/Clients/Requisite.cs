namespace B24RobotApp.Sandbox.Crm.Clients;

/// <summary>The details of a company or contact by which it is invoiced.</summary>
internal sealed class Requisite(long id, int entityTypeId, long entityId, long presetId, long createdBy, DateTimeOffset created)
{
    /// <summary>The details themselves, in the order of answers. Which of them a portal shows depends on the country.</summary>
    public static readonly IReadOnlyList<string> DetailNames =
    [
        "RQ_NAME", "RQ_FIRST_NAME", "RQ_LAST_NAME", "RQ_SECOND_NAME", "RQ_COMPANY_ID", "RQ_COMPANY_NAME", "RQ_COMPANY_FULL_NAME",
        "RQ_COMPANY_REG_DATE", "RQ_DIRECTOR", "RQ_ACCOUNTANT", "RQ_CEO_NAME", "RQ_CEO_WORK_POS", "RQ_CONTACT", "RQ_EMAIL", "RQ_PHONE",
        "RQ_FAX", "RQ_IDENT_TYPE", "RQ_IDENT_DOC", "RQ_IDENT_DOC_SER", "RQ_IDENT_DOC_NUM", "RQ_IDENT_DOC_PERS_NUM", "RQ_IDENT_DOC_DATE",
        "RQ_IDENT_DOC_ISSUED_BY", "RQ_IDENT_DOC_DEP_CODE", "RQ_INN", "RQ_KPP", "RQ_USRLE", "RQ_IFNS", "RQ_OGRN", "RQ_OGRNIP", "RQ_OKPO",
        "RQ_OKTMO", "RQ_OKVED", "RQ_EDRPOU", "RQ_DRFO", "RQ_KBE", "RQ_IIN", "RQ_BIN", "RQ_ST_CERT_SER", "RQ_ST_CERT_NUM",
        "RQ_ST_CERT_DATE", "RQ_VAT_PAYER", "RQ_VAT_ID", "RQ_VAT_CERT_SER", "RQ_VAT_CERT_NUM", "RQ_VAT_CERT_DATE", "RQ_RESIDENCE_COUNTRY",
        "RQ_BASE_DOC", "RQ_REGON", "RQ_KRS", "RQ_PESEL", "RQ_LEGAL_FORM", "RQ_SIRET", "RQ_SIREN", "RQ_CAPITAL", "RQ_RCS", "RQ_CNPJ",
        "RQ_STATE_REG", "RQ_MNPL_REG", "RQ_CPF",
    ];

    /// <summary>What a client may write beside the details.</summary>
    public static readonly IReadOnlyList<string> HeadNames = ["NAME", "CODE", "XML_ID", "ORIGINATOR_ID", "ACTIVE", "ADDRESS_ONLY", "SORT"];

    public long Id => id;

    public int EntityTypeId => entityTypeId;

    public long EntityId => entityId;

    public long PresetId => presetId;

    public long CreatedBy => createdBy;

    public DateTimeOffset Created => created;

    public long? ModifiedBy { get; set; }

    public DateTimeOffset? Modified { get; set; }

    /// <summary>By upper-case name.</summary>
    public Dictionary<string, string?> Values { get; } = new() { ["ACTIVE"] = "Y", ["ADDRESS_ONLY"] = "N", ["SORT"] = "500", ["RQ_VAT_PAYER"] = "N" };
}
