using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Control;

/// <summary>Deals on their boards, and any REST method as a user calls it in process.</summary>
internal static class DealControl
{
    public static void Map(ControlRoutes control)
    {
        control.Get("portals/{portal}/stages", Stages);
        control.Get("portals/{portal}/deals", List);
        control.Post("portals/{portal}/deals", Add);
        control.Get("portals/{portal}/deals/{id}", Get);
        control.Delete("portals/{portal}/deals/{id}", Delete);
        control.Post("portals/{portal}/deals/import", Import);
        control.Post("portals/{portal}/deals/{id}/change", Change);
        control.Post("portals/{portal}/deals/{id}/move", Move);
        control.Post("portals/{portal}/deals/{id}/merge", Merge);
        control.Get("portals/{portal}/recycle-bin", request => request.Portal.Run(() => List(request.Portal.Crm.DeletedDeals)));
        control.Post("portals/{portal}/recycle-bin/{id}/restore", Restore);
        control.Post("portals/{portal}/call", Call);
    }

    private static JsonArray Stages(ControlRequest request)
    {
        var portal = request.Portal;
        return portal.Run(() => new JsonArray([.. portal.Crm.Pipelines.Select(pipeline => new JsonObject
        {
            ["categoryId"] = pipeline.Id,
            ["name"] = pipeline.Name,
            ["stages"] = new JsonArray([.. portal.Crm.Stages(pipeline.Id).Select(stage => new JsonObject
            {
                ["stageId"] = stage.StageId,
                ["name"] = stage.Name,
            })]),
        })]));
    }

    private static JsonArray List(ControlRequest request) => request.Portal.Run(() => List(request.Portal.Crm.Deals));

    private static JsonArray List(IEnumerable<DealSummary> deals) => new([.. deals.Select(deal => new JsonObject
    {
        ["id"] = deal.Id,
        ["title"] = deal.Title,
        ["categoryId"] = deal.CategoryId,
        ["stageId"] = deal.StageId,
    })]);

    /// <summary>The body's fields are those of <c>crm.item.add</c>; <c>productRows</c> may stand beside them.</summary>
    private static JsonNode? Add(ControlRequest request)
    {
        var fields = (JsonObject)request.Body.DeepClone();
        var rows = fields["productRows"]?.DeepClone();
        fields.Remove("productRows");
        var item = request.Portal.Call("crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = fields })!["item"]!;
        if (rows is not null)
        {
            request.Portal.Call("crm.item.productrow.set", new JsonObject
            {
                ["ownerType"] = "D",
                ["ownerId"] = item["id"]!.DeepClone(),
                ["productRows"] = rows,
            });
        }
        return item.DeepClone();
    }

    private static JsonObject Get(ControlRequest request)
    {
        var item = request.Portal.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = request.DealId, ["useOriginalUfNames"] = "Y" });
        var rows = request.Portal.Call("crm.item.productrow.list", new JsonObject
        {
            ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = request.DealId },
        });
        var comments = request.Portal.Call("crm.timeline.comment.list", new JsonObject
        {
            ["filter"] = new JsonObject { ["ENTITY_TYPE"] = "deal", ["ENTITY_ID"] = request.DealId },
        });
        return new JsonObject
        {
            ["item"] = item!["item"]!.DeepClone(),
            ["productRows"] = rows!["productRows"]?.DeepClone(),
            ["comments"] = comments?.DeepClone(),
        };
    }

    private static JsonObject Move(ControlRequest request)
    {
        var (portal, id, stage, user) = (request.Portal, request.DealId, request.Text("stageId"), User(request));
        return portal.Run(
            () =>
            {
                portal.Crm.MoveDeal(id, stage, user);
                return new JsonObject { ["id"] = id, ["stageId"] = portal.Crm.FindDeal(id)?.StageId };
            },
            user);
    }

    /// <summary>What a person changes in the card: the fields of <c>crm.item.update</c> under <c>fields</c>.</summary>
    private static JsonNode? Change(ControlRequest request) => request.Portal.Call(
        "crm.item.update",
        new JsonObject { ["entityTypeId"] = 2, ["id"] = request.DealId, ["fields"] = Fields(request) },
        request.Number("userId", 1))!["item"]!.DeepClone();

    /// <summary>What an import puts in: an administrator's may bring times and authors of its own, and starts no robot.</summary>
    private static JsonNode? Import(ControlRequest request) => request.Portal.Call(
        "crm.item.import", new JsonObject { ["entityTypeId"] = 2, ["fields"] = Fields(request) }, request.Number("userId", 1))!["item"]!.DeepClone();

    private static JsonNode? Delete(ControlRequest request)
    {
        request.Portal.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = 2, ["id"] = request.DealId });
        return null;
    }

    private static JsonObject Merge(ControlRequest request)
    {
        var (portal, id, user) = (request.Portal, request.DealId, User(request));
        var others = (request.Body["otherIds"].AsList() ?? []).Select(other => other.AsLong() ?? 0).ToList();
        portal.Run(() => portal.Crm.MergeDeals(id, others, user), user);
        return new JsonObject { ["id"] = id };
    }

    private static JsonObject Restore(ControlRequest request)
    {
        var portal = request.Portal;
        var restored = long.TryParse(request.Route("id"), CultureInfo.InvariantCulture, out var id) ? portal.Run(() => portal.Crm.RestoreDeal(id)) : null;
        return new JsonObject { ["id"] = restored ?? throw new ControlError(404, $"There is no deal {request.Route("id")} in the recycle bin.") };
    }

    private static JsonNode Fields(ControlRequest request) =>
        request.Body["fields"].AsMap()?.DeepClone() ?? throw new ControlError(400, "\"fields\" is missing.");

    private static SandboxUser User(ControlRequest request) => request.Portal.FindUser(request.Number("userId", 1))
        ?? throw new ControlError(404, $"There is no user {request.Number("userId", 1)}.");

    private static JsonObject Call(ControlRequest request) => new()
    {
        ["result"] = request.Portal.Call(request.Text("method"), (JsonObject?)request.Body["params"].AsMap()?.DeepClone() ?? [], request.Number("userId", 1)),
    };
}
