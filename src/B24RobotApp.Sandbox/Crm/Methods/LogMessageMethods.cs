using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Crm.Timeline;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.timeline.logmessage.*</c>: quiet entries of applications.</summary>
internal static class LogMessageMethods
{
    private const int PageSize = 10;

    private static readonly string[] Required = ["entityTypeId", "entityId", "title", "text", "iconCode"];

    private static readonly IReadOnlyList<Column<LogMessage>> Columns =
        [new("ID", FieldType.Integer, message => message.Id), new("CREATED", FieldType.DateTime, message => message.Created)];

    public static void Register(RestMethodTable table)
    {
        table.Add("crm.timeline.logmessage.add", "crm", Add);
        table.Add("crm.timeline.logmessage.get", "crm", call => new JsonObject { ["logMessage"] = View(call, Require(call)) });
        table.Add("crm.timeline.logmessage.list", "crm", List);
        table.Add("crm.timeline.logmessage.delete", "crm", Delete);
        table.Add("crm.timeline.icon.list", "crm", Icons);
    }

    private static JsonObject Add(RestCall call)
    {
        var crm = call.Portal.Crm;
        var fields = call.RequireMap("fields");
        foreach (var name in Required)
        {
            if (fields[name].AsText() is null or "")
            {
                throw new RestError(Parameters.BindingError, $"Required fields: {name}");
            }
        }
        var owner = crm.Data.FindStore(fields["entityTypeId"].ToLong())?.Find(fields["entityId"].ToLong())
            ?? throw new RestError("OWNER_NOT_FOUND", "Owner was not found");
        if (!crm.Access.CanWrite(call.User, owner))
        {
            throw ItemAccess.Denied();
        }
        var message = new LogMessage(
            crm.Data.Next("timeline", 999), owner.Type.Id, owner.Id, call.User.Id, call.Portal.Now,
            fields["title"].AsText()!, fields["text"].AsText()!, fields["iconCode"].AsText()!);
        crm.Data.LogMessages.Add(message);
        return new() { ["logMessage"] = View(call, message) };
    }

    private static JsonArray List(RestCall call)
    {
        var crm = call.Portal.Crm;
        var (typeId, id) = (call.RequireInt("entityTypeId"), call.RequireInt("entityId"));
        var owner = crm.Data.FindStore(typeId)?.Find(id) ?? throw new RestError("OWNER_NOT_FOUND", "Owner was not found");
        if (!crm.Access.CanRead(call.User, owner))
        {
            throw ItemAccess.Denied();
        }
        var rows = crm.Data.LogMessages
            .Where(message => message.EntityTypeId == typeId && message.EntityId == id)
            .OrderByDescending(message => message.Id);
        var sorted = RowOrder.Sort(rows, call.OptionalArray("order"), name => Columns.FirstOrDefault(column => column.Name == FieldNames.ToUpper(name)), strict: false);
        return new JsonArray([.. call.Page(sorted, PageSize).Select(message => View(call, message))]);
    }

    private static JsonNode? Delete(RestCall call)
    {
        var message = Require(call);
        call.Portal.Crm.Data.LogMessages.Remove(message);
        return null;
    }

    private static JsonObject Icons(RestCall call)
    {
        var icons = new[] { "call", "info", "check", "comment", "document", "arrow-down", "attention", "complete", "mail" };
        call.Total = icons.Length;
        return new()
        {
            ["icons"] = new JsonArray([.. icons.Select(code => (JsonNode)new JsonObject { ["code"] = code, ["isSystem"] = true, ["fileUri"] = "" })]),
        };
    }

    private static LogMessage Require(RestCall call)
    {
        var crm = call.Portal.Crm;
        var id = call.RequireInt("id");
        var message = crm.Data.LogMessages.Find(known => known.Id == id) ?? throw new RestError("NOT_FOUND", "Not found");
        var owner = crm.Data.FindStore(message.EntityTypeId)?.Find(message.EntityId);
        return owner is not null && crm.Access.CanRead(call.User, owner) ? message : throw ItemAccess.Denied();
    }

    private static JsonObject View(RestCall call, LogMessage message) => new()
    {
        ["id"] = message.Id,
        ["created"] = PhpDate.Write(message.Created, call.Portal.ServerOffset),
        ["authorId"] = message.AuthorId,
        ["title"] = message.Title,
        ["text"] = message.Text,
        ["iconCode"] = message.IconCode,
    };
}
