using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>The settings that each type of user field has, filled up with a portal's defaults.</summary>
internal static class UserFieldSettings
{
    public static JsonObject Complete(string type, JsonObject? sent)
    {
        var settings = Defaults(type);
        foreach (var (name, _) in settings.ToList())
        {
            if (sent?[name] is { } value)
            {
                settings[name] = value.DeepClone();
            }
        }
        if (type == FieldType.Boolean)
        {
            settings["DEFAULT_VALUE"] = settings["DEFAULT_VALUE"].ToLong() >= 1 ? 1 : 0;
        }
        if (type == FieldType.Crm && !settings.Any(kind => kind.Value.AsText() == "Y"))
        {
            settings["LEAD"] = "Y";
        }
        return settings;
    }

    private static JsonObject Defaults(string type) => type switch
    {
        FieldType.String => new()
        {
            ["SIZE"] = 20, ["ROWS"] = 1, ["REGEXP"] = "", ["MIN_LENGTH"] = 0, ["MAX_LENGTH"] = 0, ["DEFAULT_VALUE"] = "",
        },
        FieldType.Url => new()
        {
            ["POPUP"] = "Y", ["SIZE"] = 20, ["MIN_LENGTH"] = 0, ["MAX_LENGTH"] = 0, ["DEFAULT_VALUE"] = "", ["ROWS"] = 1,
        },
        FieldType.Integer => new() { ["SIZE"] = 20, ["MIN_VALUE"] = 0, ["MAX_VALUE"] = 0, ["DEFAULT_VALUE"] = null },
        FieldType.Double => new() { ["PRECISION"] = 2, ["SIZE"] = 20, ["MIN_VALUE"] = 0, ["MAX_VALUE"] = 0, ["DEFAULT_VALUE"] = null },
        FieldType.Boolean => new() { ["DEFAULT_VALUE"] = 0, ["DISPLAY"] = "CHECKBOX", ["LABEL"] = new JsonArray("", ""), ["LABEL_CHECKBOX"] = "" },
        FieldType.Date or FieldType.DateTime => new() { ["DEFAULT_VALUE"] = new JsonObject { ["TYPE"] = "NONE", ["VALUE"] = "" } },
        FieldType.Enumeration => new() { ["DISPLAY"] = "LIST", ["LIST_HEIGHT"] = 1, ["CAPTION_NO_VALUE"] = "", ["SHOW_NO_VALUE"] = "Y" },
        FieldType.File => new()
        {
            ["SIZE"] = 20, ["LIST_WIDTH"] = 0, ["LIST_HEIGHT"] = 0, ["MAX_SHOW_SIZE"] = 0, ["MAX_ALLOWED_SIZE"] = 0,
            ["EXTENSIONS"] = new JsonArray(), ["TARGET_BLANK"] = "Y",
        },
        FieldType.Money => new() { ["DEFAULT_VALUE"] = "" },
        FieldType.Address => new() { ["SHOW_MAP"] = "Y" },
        FieldType.Status => new() { ["ENTITY_TYPE"] = "" },
        FieldType.Crm => new() { ["LEAD"] = "N", ["CONTACT"] = "N", ["COMPANY"] = "N", ["DEAL"] = "N" },
        FieldType.IblockElement or FieldType.IblockSection => new()
        {
            ["DISPLAY"] = "LIST", ["LIST_HEIGHT"] = 1, ["IBLOCK_ID"] = 0, ["DEFAULT_VALUE"] = "", ["ACTIVE_FILTER"] = "N",
        },
        _ => [],
    };
}
