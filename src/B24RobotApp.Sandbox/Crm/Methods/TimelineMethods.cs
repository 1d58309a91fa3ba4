using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Crm.Timeline;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.timeline.comment.*</c>.</summary>
internal static class TimelineMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("crm.timeline.comment.add", "crm", Add);
        table.Add("crm.timeline.comment.get", "crm", Get);
        table.Add("crm.timeline.comment.list", "crm", List);
        table.Add("crm.timeline.comment.update", "crm", Update);
        table.Add("crm.timeline.comment.delete", "crm", Delete);
    }

    private static JsonNode Add(RestCall call)
    {
        // Only the name in small letters counts since crm 23.100.0.
        var crm = call.Portal.Crm;
        var fields = call.RequireMap("fields");
        if (fields["ENTITY_ID"] is null || fields["ENTITY_TYPE"] is null)
        {
            throw new RestError(Parameters.BindingError, $"Could not find value for parameter {{{(fields["ENTITY_ID"] is null ? "ENTITY_ID" : "ENTITY_TYPE")}}}");
        }
        var owner = Owner(call, fields["ENTITY_TYPE"].AsText(), fields["ENTITY_ID"].ToLong(), toWrite: true);
        var text = Text(fields);
        var comment = new TimelineComment(
            crm.Data.Next("timeline", 999), owner.Type.Code.ToLowerInvariant(), owner.Id, call.User.Id, call.Portal.Now, text)
        {
            Files = Upload(call, fields),
        };
        crm.Data.Comments.Add(comment);
        Raise(call, "ADD", comment.Id);
        return comment.Id;
    }

    private static JsonNode Update(RestCall call)
    {
        var crm = call.Portal.Crm;
        var comment = Require(call, out var at);
        var fields = call.RequireMap("fields");
        Owner(call, comment.EntityType, comment.EntityId, toWrite: true);
        crm.Data.Comments[at] = comment with { Text = Text(fields), Files = fields.ContainsKey("FILES") ? Upload(call, fields) : comment.Files };
        Raise(call, "UPDATE", comment.Id);
        return comment.Id;
    }

    private static JsonNode? Delete(RestCall call)
    {
        var comment = Require(call, out var at);
        Owner(call, comment.EntityType, comment.EntityId, toWrite: true);
        call.Portal.Crm.Data.Comments.RemoveAt(at);
        Raise(call, "DELETE", comment.Id);
        return null;
    }

    private static JsonObject Get(RestCall call)
    {
        var id = call.ClassicId();
        var comment = call.Portal.Crm.Data.Comments.Find(known => known.Id == id) ?? throw new RestError("", "Not found.");
        return CanRead(call, comment.EntityType, comment.EntityId) ? View(call, comment) : throw new RestError("", "Access denied.");
    }

    private static JsonArray List(RestCall call)
    {
        var filter = call.ClassicArray("filter").AsMap() ?? [];
        var entityType = (filter["ENTITY_TYPE"] ?? filter["=ENTITY_TYPE"]).AsText() ?? "";
        var entityId = (filter["ENTITY_ID"] ?? filter["=ENTITY_ID"]).ToLong();
        if (!CanRead(call, entityType, entityId))
        {
            throw new RestError("", "Access denied.");
        }
        var rows = call.Portal.Crm.Data.Comments
            .Where(comment => comment.EntityId == entityId && comment.EntityType == entityType)
            .Select(comment => View(call, comment));
        return ClassicList.Answer(call, rows);
    }

    private static string Text(JsonObject fields) =>
        fields["COMMENT"].AsText() is { Length: > 0 } text ? text : throw new RestError("INVALID_ARG_VALUE", "Empty comment message");

    private static List<long> Upload(RestCall call, JsonObject fields) =>
        [.. (fields["FILES"].AsList() ?? []).Select(file => call.Portal.Crm.Data.Files.Upload(file, call.Portal.Now)?.Id).OfType<long>()];

    private static TimelineComment Require(RestCall call, out int at)
    {
        var id = call.RequireInt("id");
        at = call.Portal.Crm.Data.Comments.FindIndex(comment => comment.Id == id);
        return at >= 0 ? call.Portal.Crm.Data.Comments[at] : throw new RestError("NOT_FOUND", "Not found.");
    }

    private static CrmItem Owner(RestCall call, string? entityType, long entityId, bool toWrite)
    {
        var crm = call.Portal.Crm;
        var owner = Store(crm, entityType)?.Find(entityId) ?? throw new RestError("OWNER_NOT_FOUND", "Owner was not found");
        return (toWrite ? crm.Access.CanWrite(call.User, owner) : crm.Access.CanRead(call.User, owner)) ? owner : throw ItemAccess.Denied();
    }

    private static bool CanRead(RestCall call, string entityType, long entityId) =>
        Store(call.Portal.Crm, entityType)?.Find(entityId) is { } owner && call.Portal.Crm.Access.CanRead(call.User, owner);

    private static ItemStore? Store(CrmState crm, string? entityType) =>
        crm.Data.Stores.FirstOrDefault(store => string.Equals(store.Type.Code, entityType, StringComparison.OrdinalIgnoreCase));

    private static void Raise(RestCall call, string what, long id) =>
        call.Portal.Events.Raise($"ONCRMTIMELINECOMMENT{what}", new JsonObject { ["FIELDS"] = new JsonObject { ["ID"] = id.ToPhp() } });

    private static JsonObject View(RestCall call, TimelineComment comment) => new()
    {
        ["ID"] = comment.Id.ToPhp(),
        ["ENTITY_ID"] = comment.EntityId.ToPhp(),
        ["ENTITY_TYPE"] = comment.EntityType,
        ["CREATED"] = PhpDate.Write(comment.Created, call.Portal.ServerOffset),
        ["COMMENT"] = comment.Text,
        ["AUTHOR_ID"] = comment.AuthorId.ToPhp(),
        ["FILES"] = Files(call, comment),
    };

    private static JsonNode Files(RestCall call, TimelineComment comment)
    {
        var author = call.Portal.FindUser(comment.AuthorId);
        var files = new JsonObject();
        foreach (var file in comment.Files.Select(call.Portal.Crm.Data.Files.Find).OfType<CrmFile>())
        {
            var name = Uri.EscapeDataString(file.Name);
            var root = call.Portal.BaseUrl;
            var isImage = file.ContentType.StartsWith("image/", StringComparison.Ordinal);
            var view = new JsonObject
            {
                ["id"] = file.Id,
                ["date"] = PhpDate.Write(file.Created, call.Portal.ServerOffset),
                ["type"] = isImage ? "image" : "file",
                ["name"] = file.Name,
                ["size"] = file.Content.Length,
            };
            if (isImage)
            {
                view["image"] = new JsonObject { ["width"] = 1, ["height"] = 1 };
            }
            view["authorId"] = comment.AuthorId;
            view["authorName"] = $"{author?.Name} {author?.LastName}".Trim();
            view["urlPreview"] = new Uri(root, $"disk/showFile/{file.Id}/?&ncc=1&width=640&height=640&filename={name}").AbsoluteUri;
            view["urlShow"] = new Uri(root, $"disk/showFile/{file.Id}/?&ncc=1&filename={name}").AbsoluteUri;
            view["urlDownload"] = new Uri(root, $"disk/downloadFile/{file.Id}/?&ncc=1&filename={name}").AbsoluteUri;
            files[file.Id.ToPhp()] = view;
        }
        return files.Count == 0 ? PhpOutput.EmptyObject() : files;
    }
}
