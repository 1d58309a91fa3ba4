using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Journal;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>A portal's REST interface over HTTP: reads a request, runs it, answers, writes it down.</summary>
internal sealed class RestServer(SandboxPortal portal, RestMethodTable methods)
{
    private const string GatewayTimeoutPage =
        "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n";

    private readonly CallRunner _runner = new(portal, methods);

    public async Task HandleAsync(HttpContext context)
    {
        // Frames call across origins with a JSON body: the browser asks first.
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.AccessControlAllowHeaders = "origin, content-type, accept";
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            context.Response.ContentLength = 0;
            return;
        }

        var time = portal.Clock.GetUtcNow();
        var timestamp = portal.Clock.GetTimestamp();
        var path = RestPath.Parse(context.Request.Path.Value!) ?? new RestPath("", null, null, false);
        var parameters = await RequestReader.ReadAsync(context.Request);
        var names = Names(path.Method, parameters);
        var response = new FaultedResponse(context, portal.Faults, portal.Clock, names);
        var entry = new JournalEntry { Time = time, Method = path.Method, SourceAddress = context.Connection.RemoteIpAddress?.ToString() ?? "" };
        portal.Activity.Enter();
        try
        {
            await AnswerAsync(context, response, path, parameters, entry, timestamp);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The caller is gone, or a fault cut the line; what was done stays done.
        }
        finally
        {
            response.Tell();
            portal.Activity.Leave();
        }
    }

    private async Task AnswerAsync(
        HttpContext context, FaultedResponse response, RestPath path, JsonObject parameters, JournalEntry entry, long timestamp)
    {
        // Written down before the answer leaves: who has the answer finds it in the journal.
        response.BeforeSending = sent => portal.Journal.Add(entry with
        {
            Status = sent.Status,
            Error = entry.Error ?? sent.Error,
            Fault = sent.Struck,
            Duration = portal.Clock.GetElapsedTime(timestamp),
        });

        if (!portal.Limits.TryTakeRequest(entry.SourceAddress, entry.Time))
        {
            await response.WriteErrorAsync(503, "QUERY_LIMIT_EXCEEDED", "Too many requests");
            return;
        }
        if (await response.StopsBeforeAsync())
        {
            return;
        }

        Caller caller;
        try
        {
            caller = Admit(path, parameters, Bearer(context.Request));
        }
        catch (RestError error)
        {
            entry = entry with { Error = error.Code.AsText() };
            await response.WriteAsync(error.Status, error.ToBody());
            return;
        }

        var hit = new Hit(caller.User, caller.App);
        var (outcome, calls) = path.Method == "batch"
            ? await new BatchRunner(portal, _runner).RunAsync(hit, caller, parameters)
            : (await _runner.RunAsync(hit, caller, path.Method, parameters), []);
        entry = entry with
        {
            Caller = caller.ToString(),
            Calls = calls,
            Parameters = outcome.Parameters,
            Error = outcome.ErrorCode,
            Defect = outcome.Defect,
        };
        try
        {
            await WriteAsync(context, response, caller, path, outcome);
        }
        finally
        {
            hit.Finish();
        }
    }

    private Caller Admit(RestPath path, JsonObject parameters, string? bearer)
    {
        // The portal looks for the method before it looks at the credentials.
        var method = path.Method == "batch" ? null : _runner.Find(path.Method) ?? throw CallRunner.MethodNotFound();
        var caller = Authentication.Authenticate(portal, path, parameters, bearer);
        if (method is not null)
        {
            Authentication.CheckScope(caller, method);
        }
        return caller;
    }

    private async Task WriteAsync(HttpContext context, FaultedResponse response, Caller caller, RestPath path, CallOutcome outcome)
    {
        if (portal.Settings.IsCloud && caller.App is { } app)
        {
            context.Response.Headers["X-Bitrix-Rest-Application"] = app.ClientId;
        }
        if (outcome.Cost > portal.Settings.RequestTimeLimit)
        {
            await response.WriteTextAsync(504, "text/html", GatewayTimeoutPage);
        }
        else if (outcome.File is { } file)
        {
            await WriteFileAsync(context, response, file);
        }
        else if (path.IsXml)
        {
            await response.WriteTextAsync(outcome.Status, "text/xml; charset=utf-8", PhpXml.Write("response", outcome.ToBody()));
        }
        else
        {
            await response.WriteAsync(outcome.Status, outcome.ToBody());
        }
    }

    private static Task WriteFileAsync(HttpContext context, FaultedResponse response, RestFile file)
    {
        context.Response.Headers.ContentDisposition = file.ContentDisposition;
        // The front server turns away clients that do not say what they are and where they come from, though the file is there.
        var headers = context.Request.Headers;
        return !headers.UserAgent.ToString().Contains('/') || headers.Accept.Count == 0 || headers.AcceptLanguage.Count == 0 || headers.Referer.Count == 0
            ? response.WriteTextAsync(404, "text/html", "<html><head><title>404 Not Found</title></head></html>")
            : response.WriteAsync(200, file.ContentType, file.Content);
    }

    private static string[] Names(string method, JsonObject parameters)
    {
        if (method != "batch")
        {
            return [method];
        }
        var commands = parameters.FirstOrDefault(entry => entry.Key.Equals("cmd", StringComparison.OrdinalIgnoreCase)).Value;
        return [method, .. (commands.AsList() ?? []).Select(command => BatchCommand.Split(command.AsText() ?? "").Method.ToLowerInvariant())];
    }

    private static string? Bearer(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;
    }
}
