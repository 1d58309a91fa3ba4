using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>
/// What a robot works on, three texts: module, class, and kind with id, such as <c>crm</c>, <c>CCrmDocumentDeal</c>, <c>DEAL_15</c>.
/// Source: bizproc/bizproc-robot/bizproc-robot-add.md (document types), payloads of portals (ids).
/// </summary>
internal readonly record struct DocumentReference(IReadOnlyList<string> Type, int EntityTypeId, long ItemId)
{
    /// <summary>Reads <c>document_id</c> and holds it against <c>document_type</c>, if that is there.</summary>
    public static bool TryParse(PhpForm form, out DocumentReference document, [NotNullWhen(false)] out string? problem)
    {
        document = default;
        var id = form["document_id"];
        var type = form["document_type"];
        problem = CheckModule(id) ?? (type is null ? null : CheckType(id!, type));
        if (problem is not null)
        {
            return false;
        }

        var text = id!.Text("2")!;
        var underscore = text.LastIndexOf('_');
        if (underscore <= 0 || EntityOf(text[..underscore]) is not { } entity || IncomingAuth.ReadId(text[(underscore + 1)..]) is not { } itemId)
        {
            problem = "document_id[2] does not name a CRM entity, such as DEAL_15.";
            return false;
        }

        if (id.Text("1") != entity.Class)
        {
            problem = $"document_id[1] is not {entity.Class}, as document_id[2] says.";
            return false;
        }

        document = new DocumentReference(["crm", entity.Class, text[..underscore]], entity.TypeId, itemId);
        return true;
    }

    private static string? CheckModule(PhpForm? id) =>
        id is null ? "document_id is missing."
        : id.Text("0") != "crm" ? "document_id[0] is not crm: the robot works on CRM entities only."
        : string.IsNullOrEmpty(id.Text("1")) ? "document_id[1] is missing."
        : string.IsNullOrEmpty(id.Text("2")) ? "document_id[2] is missing."
        : null;

    private static string? CheckType(PhpForm id, PhpForm type) =>
        type.Text("0") != "crm" ? "document_type[0] is not crm: the robot works on CRM entities only."
        : type.Text("1") != id.Text("1") ? "document_type[1] is not the same as document_id[1]."
        : id.Text("2")!.LastIndexOf('_') is var end and > 0 && type.Text("2") != id.Text("2")![..end] ? "document_type[2] is not the kind that document_id[2] names."
        : null;

    private static (int TypeId, string Class)? EntityOf(string kind) => kind switch
    {
        "CONTACT" => (CrmEntityTypes.Contact, "CCrmDocumentContact"),
        "COMPANY" => (CrmEntityTypes.Company, "CCrmDocumentCompany"),
        _ => CrmKind.FindByDocument(kind) is { } known ? (known.EntityTypeId, known.DocumentClass) : null,
    };
}
