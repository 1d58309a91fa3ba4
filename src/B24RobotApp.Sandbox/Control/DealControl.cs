using System.Text.Json.Nodes;
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
        control.Post("portals/{portal}/deals/{id}/move", Move);
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

    private static JsonArray List(ControlRequest request)
    {
        var portal = request.Portal;
        return portal.Run(() => new JsonArray([.. portal.Crm.Deals.Select(deal => new JsonObject
        {
            ["id"] = deal.Id,
            ["title"] = deal.Title,
            ["categoryId"] = deal.CategoryId,
            ["stageId"] = deal.StageId,
        })]));
    }

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
        var (portal, id, stage) = (request.Portal, request.DealId, request.Text("stageId"));
        return portal.Run(() =>
        {
            portal.Crm.MoveDeal(id, stage);
            return new JsonObject { ["id"] = id, ["stageId"] = portal.Crm.FindDeal(id)?.StageId };
        });
    }

    private static JsonObject Call(ControlRequest request) => new()
    {
        ["result"] = request.Portal.Call(request.Text("method"), (JsonObject?)request.Body["params"].AsMap()?.DeepClone() ?? [], request.Number("userId", 1)),
    };
}
