using System.CommandLine;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot health</c>: asks a running server whether it takes calls, where there is nothing else to ask with: in a container, for instance.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var url = new Option<Uri>("--url")
        {
            Description = "Where the server listens.",
            DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080/"),
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens.Single().Value, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https")
                {
                    return parsed;
                }

                result.AddError("--url needs an address such as http://127.0.0.1:8080/.");
                return null;
            },
        };
        var command = CommandHost.Create(
            "health",
            "Ask a running server whether it takes calls (/health/ready).",
            async context =>
            {
                var server = context.Parsed.GetRequiredValue(url);
                using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Patience };
                try
                {
                    using var answer = await http.GetAsync(new Uri(server, "/health/ready"), context.CancellationToken);
                    var word = await answer.Content.ReadAsStringAsync(context.CancellationToken);
                    if (!answer.IsSuccessStatusCode)
                    {
                        return context.Refuse($"{server} is not ready: {(int)answer.StatusCode} {word}");
                    }

                    context.Output.Write(new { server, health = word }, [word]);
                    return ExitCodes.Done;
                }
                catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !context.CancellationToken.IsCancellationRequested))
                {
                    return context.Refuse($"No server answers at {server}. Name another address by --url, or start the server: b24robot serve. ({exception.Message})");
                }
            },
            CommandAccess.Files);
        command.Add(url);
        return command;
    }
}
