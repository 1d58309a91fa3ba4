using System.Globalization;
using System.Net;

namespace B24RobotApp.Tests.Infrastructure;

/// <summary>What a portal, or its user's browser, posts to the app. Shapes: the wire contract; values: our own.</summary>
internal static class Posts
{
    /// <summary>The address of a page in the portal's frame.</summary>
    public static string Frame(string path, string domain, string language = "ru", bool isHttps = false) =>
        $"{path}?DOMAIN={Uri.EscapeDataString(domain)}&PROTOCOL={(isHttps ? 1 : 0)}&LANG={language}&APP_SID=0123456789abcdef0123456789abcdef";

    /// <summary>The body of a page's post as newer portals send it; fields replaced, or left out where the value is null.</summary>
    public static FormUrlEncodedContent FrameBody(Bitrix24Stub bitrix24, (string Access, string Refresh) tokens, params (string Field, string? Value)[] changes) => Form(
        changes,
        ("AUTH_ID", tokens.Access),
        ("AUTH_EXPIRES", "3600"),
        ("REFRESH_ID", tokens.Refresh),
        ("SERVER_ENDPOINT", new Uri(bitrix24.OAuth, "rest/").AbsoluteUri),
        ("APPLICATION_TOKEN", Bitrix24Stub.ApplicationToken),
        ("APPLICATION_SCOPE", "crm,bizproc,placement,im,user_basic"),
        ("member_id", Bitrix24Stub.Member),
        ("status", "L"),
        ("PLACEMENT", "DEFAULT"));

    /// <summary>Opens a page of the app in the portal's frame.</summary>
    public static Task<HttpResponseMessage> OpenAsync(
        this TestApp app, string path, Bitrix24Stub bitrix24, (string Access, string Refresh) tokens, params (string Field, string? Value)[] changes) =>
        app.PostAsync(Frame(path, bitrix24.Portal.Authority), FrameBody(bitrix24, tokens, changes));

    /// <summary>Installs the app by its page, as user 1 unless other tokens are given.</summary>
    public static async Task InstallAsync(this TestApp app, Bitrix24Stub bitrix24, (string Access, string Refresh)? tokens = null)
    {
        using var response = await app.OpenAsync("/install", bitrix24, tokens ?? bitrix24.Issue());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>The body of an event.</summary>
    public static FormUrlEncodedContent Event(
        Bitrix24Stub bitrix24, string name, (string Access, string Refresh)? tokens = null, params (string Field, string? Value)[] changes)
    {
        var fields = Auth(bitrix24, tokens).Prepend(("event", name)).Append(("data[LANGUAGE_ID]", "ru")).Append(("ts", "1760000000"));
        return Form(changes, [.. fields]);
    }

    /// <summary>The body of a robot's call for deal 15.</summary>
    public static FormUrlEncodedContent RobotCall(
        Bitrix24Stub bitrix24, (string Access, string Refresh)? tokens = null, params (string Field, string? Value)[] changes)
    {
        (string, string)[] call =
        [
            ("workflow_id", "664fa13bbbb410.99176768"),
            ("code", "send_to_esb"),
            ("document_id[0]", "crm"),
            ("document_id[1]", "CCrmDocumentDeal"),
            ("document_id[2]", "DEAL_15"),
            ("document_type[0]", "crm"),
            ("document_type[1]", "CCrmDocumentDeal"),
            ("document_type[2]", "DEAL"),
            ("event_token", "664fa13bbbb410.99176768|A1_2_3_4|event-token"),
            ("properties[mode]", "update"),
            ("use_subscription", "Y"),
            ("timeout_duration", "660"),
            ("ts", "1760000000"),
        ];
        return Form(changes, [.. call, .. Auth(bitrix24, tokens)]);
    }

    private static IEnumerable<(string, string)> Auth(Bitrix24Stub bitrix24, (string Access, string Refresh)? tokens)
    {
        yield return ("auth[domain]", bitrix24.Portal.Authority);
        yield return ("auth[client_endpoint]", new Uri(bitrix24.Portal, "rest/").AbsoluteUri);
        yield return ("auth[server_endpoint]", new Uri(bitrix24.OAuth, "rest/").AbsoluteUri);
        yield return ("auth[member_id]", Bitrix24Stub.Member);
        yield return ("auth[application_token]", Bitrix24Stub.ApplicationToken);
        if (tokens is { } pair)
        {
            yield return ("auth[access_token]", pair.Access);
            yield return ("auth[refresh_token]", pair.Refresh);
            yield return ("auth[expires_in]", 3600.ToString(CultureInfo.InvariantCulture));
            yield return ("auth[user_id]", "1");
            yield return ("auth[scope]", "crm,bizproc");
        }
    }

    private static FormUrlEncodedContent Form((string Field, string? Value)[] changes, params (string, string)[] fields)
    {
        var form = fields.ToDictionary(field => field.Item1, field => (string?)field.Item2, StringComparer.Ordinal);
        foreach (var (field, value) in changes)
        {
            form[field] = value;
        }

        return new FormUrlEncodedContent(form.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value!)));
    }
}
