using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Directories;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.status.*</c> and <c>crm.currency.*</c>: the portal's directories.</summary>
internal static class DirectoryMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("crm.status.list", "crm", ListStatuses);
        table.Add("crm.status.get", "crm", GetStatus);
        table.Add("crm.status.fields", "crm", _ => StatusFields());
        table.Add("crm.status.entity.items", "crm", EntityItems);
        table.Add("crm.status.entity.types", "crm", call => StatusTypes.Describe(call.Portal.Crm.Data));
        table.Add("crm.currency.list", "crm", ListCurrencies);
        table.Add("crm.currency.base.get", "crm", call => call.Portal.Crm.Data.BaseCurrency.Code);
    }

    private static JsonArray ListStatuses(RestCall call)
    {
        RequireCrm(call);
        return ClassicList.Answer(call, call.Portal.Crm.Data.Directories.All.Select(entry => Row(entry, withExtra: true)));
    }

    private static JsonObject GetStatus(RestCall call)
    {
        RequireCrm(call);
        var id = call.Classic("id").ToLong();
        var entry = call.Portal.Crm.Data.Directories.All.FirstOrDefault(known => known.Id == id) ?? throw new RestError("", "Status is not found.");
        return Row(entry, withExtra: false);
    }

    private static JsonArray EntityItems(RestCall call)
    {
        var entity = (call.Classic("entityId") ?? call.Classic("ENTITY_ID")).AsText();
        var entries = call.Portal.Crm.Data.Directories.Of(entity ?? "");
        return entries.Count == 0
            ? throw new RestError("", "The parameter entityId is not defined or invalid.")
            : new JsonArray([.. entries.OrderBy(entry => entry.Sort).Select(entry => (JsonNode)new JsonObject
            {
                ["NAME"] = entry.Name,
                ["SORT"] = entry.Sort,
                ["STATUS_ID"] = entry.StatusId,
            })]);
    }

    private static JsonObject StatusFields()
    {
        var fields = new JsonObject();
        foreach (var (name, type, title, flags) in new[]
        {
            ("ID", "integer", "ID", FieldFlags.ReadOnly), ("ENTITY_ID", "string", "Entity ID", FieldFlags.Required | FieldFlags.Immutable),
            ("STATUS_ID", "string", "Status", FieldFlags.Required | FieldFlags.Immutable), ("SORT", "integer", "Sorting", FieldFlags.None),
            ("NAME", "string", "Name", FieldFlags.Required), ("NAME_INIT", "string", "Default name", FieldFlags.ReadOnly),
            ("SYSTEM", "char", "System", FieldFlags.ReadOnly), ("CATEGORY_ID", "integer", "CATEGORY_ID", FieldFlags.Immutable),
            ("COLOR", "string", "COLOR", FieldFlags.None), ("SEMANTICS", "char", "SEMANTICS", FieldFlags.Immutable),
            ("EXTRA", "crm_status_extra", "Additional fields", FieldFlags.None),
        })
        {
            var description = new CrmField(name, type, title, flags).Describe(null);
            description.Remove("upperName");
            fields[name] = description;
        }
        return fields;
    }

    private static JsonObject Row(StatusEntry entry, bool withExtra)
    {
        var row = new JsonObject
        {
            ["ID"] = entry.Id.ToPhp(),
            ["ENTITY_ID"] = entry.EntityId,
            ["STATUS_ID"] = entry.StatusId,
            ["NAME"] = entry.Name,
            ["NAME_INIT"] = entry.NameInit,
            ["SORT"] = entry.Sort.ToPhp(),
            ["SYSTEM"] = entry.IsSystem ? "Y" : "N",
            ["CATEGORY_ID"] = entry.CategoryId?.ToPhp(),
            ["COLOR"] = entry.Color,
            ["SEMANTICS"] = entry.Semantics,
        };
        if (withExtra && entry.IsStage)
        {
            row["EXTRA"] = new JsonObject
            {
                ["SEMANTICS"] = entry.Semantics switch
                {
                    "S" => "success",
                    "F" when entry.IsSystem => "failure",
                    "F" => "apology",
                    _ => "process",
                },
                ["COLOR"] = entry.Color,
            };
        }
        return row;
    }

    private static JsonArray ListCurrencies(RestCall call)
    {
        var rows = call.Portal.Crm.Data.Currencies.OrderBy(currency => currency.Sort).Select(currency => new JsonObject
        {
            ["CURRENCY"] = currency.Code,
            ["AMOUNT_CNT"] = "1",
            ["AMOUNT"] = currency.Rate.ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture),
            ["SORT"] = currency.Sort.ToPhp(),
            ["BASE"] = currency.IsBase ? "Y" : "N",
            ["FULL_NAME"] = currency.FullName,
            ["LID"] = call.Portal.Settings.Language,
            ["FORMAT_STRING"] = currency.FormatString,
            ["DEC_POINT"] = ".",
            ["THOUSANDS_SEP"] = "&nbsp;",
            ["DECIMALS"] = "2",
            ["DATE_UPDATE"] = PhpDate.Write(call.Portal.Now, call.Portal.ServerOffset),
        });
        var answer = ClassicList.Answer(call, rows);

        // The method does not page and says 0, whatever it lists.
        call.Total = 0;
        call.Next = null;
        return answer;
    }

    private static void RequireCrm(RestCall call)
    {
        if (!call.Portal.Crm.Access.CanReadType(call.User))
        {
            throw new RestError("", "Access denied.");
        }
    }
}
