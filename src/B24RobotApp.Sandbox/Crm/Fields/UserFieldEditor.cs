using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>Makes and changes user fields from what a client sent under upper-case names.</summary>
internal sealed partial class UserFieldEditor(CrmData data)
{
    /// <summary>Languages that labels are kept in.</summary>
    public static readonly IReadOnlyList<string> Languages =
        ["ar", "br", "de", "en", "fr", "hi", "id", "in", "it", "ja", "kz", "la", "ms", "pl", "ru", "sc", "tc", "th", "tr", "ua", "vn"];

    private const int LongestName = 50;

    private static readonly Dictionary<UserFieldLabel, string> LabelNames = new()
    {
        [UserFieldLabel.EditForm] = "EDIT_FORM_LABEL",
        [UserFieldLabel.ListColumn] = "LIST_COLUMN_LABEL",
        [UserFieldLabel.ListFilter] = "LIST_FILTER_LABEL",
        [UserFieldLabel.ErrorMessage] = "ERROR_MESSAGE",
        [UserFieldLabel.HelpMessage] = "HELP_MESSAGE",
    };

    public static string LabelName(UserFieldLabel use) => LabelNames[use];

    /// <summary>The full name of a field from the code that was sent: <c>X</c> and <c>UF_X</c> become <c>UF_CRM_X</c>.</summary>
    public static string FullName(string code)
    {
        var upper = code.Trim().ToUpperInvariant();
        return upper.StartsWith("UF_CRM_", StringComparison.Ordinal) ? upper
            : upper.StartsWith("UF_", StringComparison.Ordinal) ? "UF_CRM_" + upper[3..]
            : "UF_CRM_" + upper;
    }

    public UserField Add(EntityType type, string name, JsonObject sent)
    {
        if (name.Length > LongestName)
        {
            throw new RestError("ERROR_CORE", "Field name is too long (more than 50 characters).");
        }
        if (!NameShape().IsMatch(name))
        {
            throw new RestError("ERROR_CORE", "Field name contains invalid characters. Allowed characters are: A-Z, 0-9 and _.");
        }
        var userType = sent["USER_TYPE_ID"].AsText() is { Length: > 0 } given ? given : throw new RestError("", "The 'USER_TYPE_ID' field is not found.");
        if (!FieldType.OfUserFields.Contains(userType))
        {
            throw new RestError("ERROR_CORE", "Incorrect custom type specified.");
        }
        if (type.Find(name) is not null)
        {
            throw new RestError("ERROR_CORE", $"Field {name} for the object {type.UserFieldEntity} already exists.");
        }

        var field = new UserField
        {
            Id = data.Next("userfield", 399),
            EntityId = type.UserFieldEntity,
            Name = name,
            Type = userType,
            IsMultiple = FieldInput.IsYes(sent["MULTIPLE"]) && userType != FieldType.Boolean,
            Settings = UserFieldSettings.Complete(userType, sent["SETTINGS"].AsMap()),
        };
        Change(field, sent, sent["LABEL"].AsText());
        type.Add(field);
        return field;
    }

    public void Change(UserField field, JsonObject sent, string? label = null)
    {
        field.XmlId = sent.ContainsKey("XML_ID") ? sent["XML_ID"].AsText() : field.XmlId;
        field.Sort = sent["SORT"].ToLong() is > 0 and var sort ? sort : field.Sort;
        field.IsMandatory = sent.ContainsKey("MANDATORY") ? FieldInput.IsYes(sent["MANDATORY"]) : field.IsMandatory;
        field.ShowInList = sent.ContainsKey("SHOW_IN_LIST") ? FieldInput.IsYes(sent["SHOW_IN_LIST"]) : field.ShowInList;
        field.EditInList = sent.ContainsKey("EDIT_IN_LIST") ? FieldInput.IsYes(sent["EDIT_IN_LIST"]) : field.EditInList;
        field.IsSearchable = sent.ContainsKey("IS_SEARCHABLE") ? FieldInput.IsYes(sent["IS_SEARCHABLE"]) : field.IsSearchable;
        field.ShowFilter = sent["SHOW_FILTER"].AsText() switch
        {
            null => field.ShowFilter,
            "Y" => field.Type is FieldType.Enumeration or FieldType.Status ? "I" : "E",
            "N" or "" => "N",
            var mode => mode,
        };
        if (sent["SETTINGS"].AsMap() is { } settings)
        {
            var merged = (JsonObject)field.Settings.DeepClone();
            foreach (var (name, value) in settings)
            {
                merged[name] = value?.DeepClone();
            }
            field.Settings = UserFieldSettings.Complete(field.Type, merged);
        }
        foreach (var (use, name) in LabelNames)
        {
            SetLabels(field, use, sent[name], label);
        }
        if (field.Type == FieldType.Enumeration && sent["LIST"].AsList() is { } list)
        {
            field.Options = Options(field, list);
        }
    }

    /// <summary>Reads the choices of a list field. One without a value is passed over; one with a known id keeps it.</summary>
    private List<UserFieldOption> Options(UserField field, IReadOnlyList<JsonNode?> list)
    {
        var options = new List<UserFieldOption>();
        foreach (var sent in list.OfType<JsonObject>())
        {
            var known = field.Options.Find(option => option.Id == sent["ID"].ToLong());
            if (FieldInput.IsYes(sent["DEL"]))
            {
                continue;
            }
            var value = sent["VALUE"].AsText() ?? known?.Value;
            if (string.IsNullOrEmpty(value))
            {
                continue;
            }
            var id = known?.Id ?? data.Next("userfieldoption", 3157);

            // Drawn at random, as a portal does: options that were made on two portals share an XML_ID only where somebody wrote it.
            var xmlId = sent["XML_ID"].AsText() is { Length: > 0 } given ? given : known?.XmlId ?? Guid.NewGuid().ToString("N");
            if (options.Exists(option => option.XmlId == xmlId))
            {
                throw new RestError("ERROR_CORE", $"List item with value XML_ID={xmlId} already exists.");
            }
            options.Add(new UserFieldOption(id, value, xmlId)
            {
                Sort = sent["SORT"].AsLong() ?? known?.Sort ?? 0,
                IsDefault = sent.ContainsKey("DEF") ? FieldInput.IsYes(sent["DEF"]) : known?.IsDefault ?? false,
            });
        }
        return [.. options.OrderBy(option => option.Sort)];
    }

    private static void SetLabels(UserField field, UserFieldLabel use, JsonNode? sent, string? label)
    {
        if (sent is null && label is null)
        {
            return;
        }
        var map = sent as JsonObject;
        var forAll = sent is JsonValue ? sent.AsText() : label;
        field.Labels[use] = Languages.ToDictionary(language => language, language => map?[language].AsText() ?? (map is null || label is not null ? forAll ?? "" : ""));
    }

    [GeneratedRegex("^[A-Z0-9_]+$")]
    private static partial Regex NameShape();
}
