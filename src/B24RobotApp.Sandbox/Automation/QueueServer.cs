using System.Net;
using System.Text;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>
/// The queue between portal and applications: posts each call once, form-encoded, waits ten seconds for the answer and never tries
/// again. Order is not kept.
/// </summary>
public sealed class QueueServer : IDisposable
{
    private const int MaxParallel = 64;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Queue<Delivery> _history = [];
    private readonly List<TaskCompletionSource> _overtaken = [];
    private readonly SemaphoreSlim _places = new(MaxParallel);
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxConnectionsPerServer = MaxParallel,
        ConnectTimeout = AnswerTimeout,
        ConnectCallback = LoopbackNames.ConnectAsync,
    });
    private readonly TimeProvider _clock;
    private readonly FaultPlan _faults;
    private readonly int _capacity;
    private readonly Activity _activity;

    internal QueueServer(TimeProvider clock, FaultPlan faults, Activity activity, int capacity)
    {
        _activity = activity;
        _clock = clock;
        _faults = faults;
        _capacity = capacity;
    }

    /// <summary>What was queued, oldest first.</summary>
    public IReadOnlyList<Delivery> History
    {
        get
        {
            lock (_gate)
            {
                return [.. _history];
            }
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _places.Dispose();
    }

    internal void Enqueue(Delivery delivery)
    {
        lock (_gate)
        {
            _history.Enqueue(delivery);
            while (_history.Count > _capacity)
            {
                _history.Dequeue();
            }
        }
        _activity.Enter();
        // Which one lets the next pass is settled by the order in which they were queued.
        var passed = _faults.Next([delivery.Name], FaultKind.ReorderDelivery) is { } rule ? LetPassAsync(rule.Delay) : Task.CompletedTask;
        _ = Task.Run(() => DeliverAsync(delivery, passed));
    }

    /// <summary>Posts a frame's form as a browser does and brings the page.</summary>
    internal async Task<FrameAnswer> SendFrameAsync(FrameRequest frame, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, frame.Url) { Content = FormContent(PhpForm.Build(frame.Fields)) };
        request.Headers.UserAgent.ParseAdd("Mozilla/5.0");
        using var response = await _client.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new FrameAnswer((int)response.StatusCode, body, headers);
    }

    private async Task DeliverAsync(Delivery delivery, Task passed)
    {
        try
        {
            if (_faults.Next([delivery.Name], FaultKind.DropDelivery) is not null)
            {
                delivery.Failure = "dropped on purpose";
                return;
            }
            if (_faults.Next([delivery.Name], FaultKind.DelayDelivery) is { } late)
            {
                await Task.Delay(late.Delay, _clock, CancellationToken.None);
            }
            await passed;
            if (_faults.Next([delivery.Name], FaultKind.DuplicateDelivery) is not null)
            {
                await PostAsync(delivery);
            }
            await PostAsync(delivery);
            ReleaseOvertaken();
        }
        finally
        {
            _activity.Leave();
        }
    }

    /// <summary>Waits until another delivery has arrived, or until the time is over if none comes.</summary>
    private async Task LetPassAsync(TimeSpan longest)
    {
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _overtaken.Add(passed);
        }
        try
        {
            await passed.Task.WaitAsync(longest, _clock);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                _overtaken.Remove(passed);
            }
        }
    }

    private void ReleaseOvertaken()
    {
        List<TaskCompletionSource> overtaken;
        lock (_gate)
        {
            overtaken = [.. _overtaken];
            _overtaken.Clear();
        }
        overtaken.ForEach(passed => passed.SetResult());
    }

    private async Task PostAsync(Delivery delivery)
    {
        await _places.WaitAsync();
        delivery.Posts++;
        var started = _clock.GetTimestamp();
        try
        {
            using var timeout = new CancellationTokenSource(AnswerTimeout, _clock);
            using var request = new HttpRequestMessage(HttpMethod.Post, delivery.Handler) { Content = FormContent(PhpForm.Build(delivery.Form)) };
            request.Headers.UserAgent.ParseAdd("Bitrix24");
            request.Version = HttpVersion.Version11;
            using var response = await _client.SendAsync(request, timeout.Token);
            delivery.Status = (int)response.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            // The queue does not care what became of a call, and does not repeat it.
            delivery.Failure = exception is OperationCanceledException ? "no answer in 10 seconds" : exception.Message;
        }
        finally
        {
            delivery.Duration = _clock.GetElapsedTime(started);
            Release();
        }
    }

    private void Release()
    {
        try
        {
            _places.Release();
        }
        catch (ObjectDisposedException)
        {
            // The sandbox was stopped while a call was under way.
        }
    }

    private static StringContent FormContent(string form)
    {
        var content = new StringContent(form, Encoding.UTF8);
        content.Headers.ContentType = new("application/x-www-form-urlencoded");
        return content;
    }
}
