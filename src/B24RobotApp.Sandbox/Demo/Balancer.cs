using B24RobotApp.Sandbox.Hosting;

namespace B24RobotApp.Sandbox.Demo;

/// <summary>
/// What stands in front of several servers, as nginx or a provider's balancer does: it asks each of them all the time whether it is ready, and gives each request to the next one that is. Where a server takes no connection it
/// turns to another one; a request that was sent to a server is not repeated, since that may have done it.
/// </summary>
public sealed class Balancer : IAsyncDisposable
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>A server that says nothing for so long is left out.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Headers that are between two neighbours only. Source: RFC 9110, 7.6.1.</summary>
    private static readonly HashSet<string> OfTheConnection = new(StringComparer.OrdinalIgnoreCase) { "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Proxy-Connection" };

    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _asking = [];

    // A connection for each request: one that is kept could be closed by a server that ends while a request is on its way.
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = Patience,
        PooledConnectionLifetime = TimeSpan.Zero,
        UseCookies = false,
        UseProxy = false,
    });

    private volatile IReadOnlyList<Server> _servers = [];
    private Listener _listener = null!;
    private int _next;

    private Balancer()
    {
    }

    private enum Condition
    {
        Silent,

        /// <summary>It answers, and says that it is not ready: its database is away, or it is about to end.</summary>
        NotReady,

        Ready,
    }

    /// <summary>Where portals and browsers reach it.</summary>
    public Uri Url => _listener.Url;

    /// <summary>Requests that no server has answered: each was told 502.</summary>
    public int Unanswered { get; private set; }

    public static async Task<Balancer> StartAsync(CancellationToken cancellationToken)
    {
        var balancer = new Balancer();
        balancer._listener = await Listener.StartAsync(0, balancer.CarryAsync, cancellationToken);
        return balancer;
    }

    /// <summary>Lets it know a server, which is believed to be ready until it was asked.</summary>
    public void Add(Uri server)
    {
        var added = new Server(server);
        _servers = [.. _servers, added];
        _asking.Add(AskAsync(added));
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_asking);
        await _listener.DisposeAsync();
        _client.Dispose();
        _ending.Dispose();
    }

    private async Task AskAsync(Server server)
    {
        try
        {
            while (true)
            {
                server.Condition = await AskOnceAsync(server);
                await Task.Delay(AskEvery, TimeProvider.System, _ending.Token);
            }
        }
        catch (Exception exception) when (_ending.IsCancellationRequested && exception is OperationCanceledException or HttpRequestException)
        {
            // The end, which may come while a connection is being made.
        }
    }

    private async Task<Condition> AskOnceAsync(Server server)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        patience.CancelAfter(Patience);
        try
        {
            using var question = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Url, "health/ready"));
            using var answer = await _client.SendAsync(question, patience.Token);
            return answer.IsSuccessStatusCode ? Condition.Ready : Condition.NotReady;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !_ending.IsCancellationRequested)
        {
            return Condition.Silent;
        }
    }

    private async Task CarryAsync(HttpContext context)
    {
        foreach (var server in InTurn())
        {
            try
            {
                using var request = RequestTo(server.Url, context.Request);
                using var answer = await _client.SendAsync(request, context.RequestAborted);
                await AnswerAsync(answer, context.Response, context.RequestAborted);
                return;
            }
            catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
            {
                // Nothing was sent, so the next one may have it.
                server.Condition = Condition.Silent;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                break;
            }
        }

        Unanswered++;
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = StatusCodes.Status502BadGateway;
    }

    /// <summary>All servers, those that are ready first; what one that is not ready says is better than nothing.</summary>
    private List<Server> InTurn()
    {
        var servers = _servers;
        var first = (int)((uint)Interlocked.Increment(ref _next) % Math.Max(servers.Count, 1));
        return servers.Skip(first).Concat(servers.Take(first)).OrderByDescending(server => server.Condition).ToList();
    }

    private static HttpRequestMessage RequestTo(Uri server, HttpRequest from)
    {
        var request = new HttpRequestMessage(new HttpMethod(from.Method), new Uri(server, from.Path.ToUriComponent() + from.QueryString.ToUriComponent()));
        if (from.ContentLength > 0 || from.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(from.Body);
        }

        foreach (var (name, values) in from.Headers.Where(header => !OfTheConnection.Contains(header.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        request.Headers.TryAddWithoutValidation("X-Forwarded-For", from.HttpContext.Connection.RemoteIpAddress?.ToString());
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", from.Scheme);
        return request;
    }

    private static async Task AnswerAsync(HttpResponseMessage answer, HttpResponse to, CancellationToken cancellationToken)
    {
        to.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !OfTheConnection.Contains(header.Key)))
        {
            to.Headers[name] = values.ToArray();
        }

        await answer.Content.CopyToAsync(to.Body, cancellationToken);
    }

    private sealed class Server(Uri url)
    {
        private volatile Condition _condition = Condition.Ready;

        public Uri Url => url;

        public Condition Condition
        {
            get => _condition;
            set => _condition = value;
        }
    }
}
