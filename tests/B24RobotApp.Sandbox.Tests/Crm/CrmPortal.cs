using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>A new portal whose methods are called in process, with a clock that stands still.</summary>
internal sealed class CrmPortal
{
    /// <summary>A user without any special right.</summary>
    public const long Manager = 7;

    public CrmPortal()
    {
        Portal = new SandboxPortal(Clock, options: new PortalOptions
        {
            Users =
            [
                new SandboxUser(1, "Анна", "Кузнецова") { IsAdmin = true, Email = "kuznetsova@partner.example" },
                new SandboxUser(Manager, "Олег", "Ветров") { Email = "vetrov@partner.example", WorkPosition = "Менеджер" },
            ],
        });
        Portal.Settings.Language = "en";
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    public SandboxPortal Portal { get; }

    public CrmState Crm => Portal.Crm;

    /// <summary>The whole answer as a client would see it.</summary>
    public JsonObject Body(string method, [StringSyntax(StringSyntaxAttribute.Json)] string json = "{}", long userId = 1, params string[] scopes)
    {
        var parameters = JsonNode.Parse(json)!.AsObject();
        var call = new RestCall
        {
            Portal = Portal,
            User = Portal.FindUser(userId)!,
            Scopes = scopes.Length > 0 ? scopes.ToHashSet() : KnownScopes.All,
            Credential = "token",
            Parameters = parameters,
            Start = int.Parse(parameters["start"]?.ToString() ?? "0", System.Globalization.CultureInfo.InvariantCulture),
        };
        var found = Portal.Methods.Find(method) ?? throw new ArgumentException($"There is no method {method}.", nameof(method));
        try
        {
            var body = new JsonObject { ["result"] = PhpOutput.Normalize(Portal.Run(() => found.Handler(call))) };
            if (call.Next is { } next)
            {
                body["next"] = next;
            }
            if (call.Total is { } total)
            {
                body["total"] = total;
            }
            return OverTheWire(body);
        }
        catch (RestError error)
        {
            return OverTheWire(error.ToBody());
        }
    }

    public JsonNode? Result(string method, [StringSyntax(StringSyntaxAttribute.Json)] string json = "{}", long userId = 1)
    {
        var body = Body(method, json, userId);
        Assert.False(body.ContainsKey("error"), body.ToJsonString(Plain.Json));
        return body["result"];
    }

    /// <summary>The error's code; fails if there is none.</summary>
    public string Error(string method, [StringSyntax(StringSyntaxAttribute.Json)] string json = "{}", long userId = 1)
    {
        var body = Body(method, json, userId);
        Assert.True(body.ContainsKey("error"), body.ToJsonString(Plain.Json));
        return body["error"]!.ToString();
    }

    public JsonObject AddDeal([StringSyntax(StringSyntaxAttribute.Json)] string fields = "{}", long userId = 1) => Add(2, fields, userId);

    public JsonObject Add(int entityTypeId, [StringSyntax(StringSyntaxAttribute.Json)] string fields = "{}", long userId = 1) =>
        Result("crm.item.add", $$"""{"entityTypeId":{{entityTypeId}},"fields":{{fields}}}""", userId)!["item"]!.AsObject();

    public JsonObject UpdateDeal(long id, [StringSyntax(StringSyntaxAttribute.Json)] string fields, long userId = 1) =>
        Result("crm.item.update", $$"""{"entityTypeId":2,"id":{{id}},"fields":{{fields}}}""", userId)!["item"]!.AsObject();

    public JsonObject Deal(long id) => Result("crm.item.get", $$"""{"entityTypeId":2,"id":{{id}}}""")!["item"]!.AsObject();

    /// <summary>The ids that a list of deals has.</summary>
    public long[] DealIds([StringSyntax(StringSyntaxAttribute.Json)] string filter, [StringSyntax(StringSyntaxAttribute.Json)] string order = "{}") =>
        [.. Result("crm.item.list", $$"""{"entityTypeId":2,"select":["id"],"filter":{{filter}},"order":{{order}}}""")!["items"]!.AsArray()
            .Select(item => (long)item!["id"]!)];

    private static JsonObject OverTheWire(JsonObject body) => JsonNode.Parse(body.ToJsonString())!.AsObject();

    /// <summary>Adds a user field to deals; its full name is <c>UF_CRM_</c> and the code.</summary>
    public void AddField(string code, string type, [StringSyntax(StringSyntaxAttribute.Json)] string further = "{}")
    {
        var fields = JsonNode.Parse(further)!.AsObject();
        fields["FIELD_NAME"] = code;
        fields["USER_TYPE_ID"] = type;
        Result("crm.deal.userfield.add", new JsonObject { ["fields"] = fields }.ToJsonString());
    }
}
