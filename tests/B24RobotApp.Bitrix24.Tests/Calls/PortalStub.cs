using System.Net;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>The far side of the wire, in the test's hands: requests arrive one by one and stay open until the test answers them.</summary>
internal sealed class PortalStub(TimeProvider clock) : HttpMessageHandler
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<PortalExchange> _arrived = Channel.CreateUnbounded<PortalExchange>();
    private int _received;
    private int _open;
    private int _mostOpen;

    /// <summary>Answers by itself where it returns a body; <see langword="null"/> leaves the request to the test.</summary>
    public Func<PortalExchange, string?> AnswerWith { get; set; } = _ => null;

    public int Received => Volatile.Read(ref _received);

    public int MostOpen => Volatile.Read(ref _mostOpen);

    /// <summary>The next request; fails the test if none comes.</summary>
    public async Task<PortalExchange> NextAsync() =>
        await _arrived.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TimeProvider.System);

    /// <summary>Whether a request has arrived that <see cref="NextAsync"/> has not given out yet.</summary>
    public bool HasMore => _arrived.Reader.TryPeek(out _);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        var exchange = new PortalExchange(request.RequestUri!, JsonElement.Parse(body), clock.GetUtcNow());
        Interlocked.Increment(ref _received);
        var open = Interlocked.Increment(ref _open);
        InterlockedMax(ref _mostOpen, open);
        try
        {
            if (AnswerWith(exchange) is { } answer)
            {
                exchange.Answer(answer);
            }

            _arrived.Writer.TryWrite(exchange);
            return await exchange.ResponseAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        var seen = Volatile.Read(ref target);
        while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is var found && found != seen)
        {
            seen = found;
        }
    }
}

/// <summary>One request and, once the test has given it, its answer.</summary>
internal sealed class PortalExchange(Uri address, JsonElement body, DateTimeOffset at)
{
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri Address => address;

    public JsonElement Body => body;

    public DateTimeOffset At => at;

    /// <summary>The last part of the path.</summary>
    public string Method => address.Segments[^1];

    public bool IsBatch => Method == "batch";

    /// <summary>The commands of a batch, in order; for a plain request none.</summary>
    public IReadOnlyList<string> Commands =>
        IsBatch ? [.. body.GetProperty("cmd").EnumerateObject().Select(command => command.Value.GetString()!)] : [];

    /// <summary>How many calls the request carries.</summary>
    public int CallCount => IsBatch ? Commands.Count : 1;

    public void Answer(string json, int status = 200, Uri? location = null)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        response.Headers.Location = location;
        _response.SetResult(response);
    }

    /// <summary>Answers as a portal that did everything: each call's result is its method's name.</summary>
    public void AnswerAll(double? secondsEach = null) => Answer(Success(secondsEach));

    /// <summary>What <see cref="AnswerAll"/> answers.</summary>
    public string Success(double? secondsEach = null)
    {
        var time = FormattableString.Invariant($$"""{"duration":{{secondsEach ?? 0.01}},"operating":1}""");
        if (!IsBatch)
        {
            return $$"""{"result":"{{Method}}","time":{{time}}}""";
        }

        var commands = body.GetProperty("cmd").EnumerateObject().ToList();
        var results = string.Join(',', commands.Select(command => $"\"{command.Name}\":\"{command.Value.GetString()!.Split('?')[0]}\""));
        var times = string.Join(',', commands.Select(command => $"\"{command.Name}\":{time}"));
        return $$$"""{"result":{"result":{{{{results}}}},"result_error":[],"result_total":[],"result_next":[],"result_time":{{{{times}}}}},"time":{{{time}}}}""";
    }

    public void Break(Exception exception) => _response.SetException(exception);

    public Task<HttpResponseMessage> ResponseAsync(CancellationToken cancellationToken) => _response.Task.WaitAsync(cancellationToken);
}
