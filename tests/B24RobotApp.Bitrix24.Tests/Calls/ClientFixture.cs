using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>A client before a stub of its portal, in simulated time.</summary>
internal sealed class ClientFixture : IDisposable
{
    private readonly HttpClient _http;

    public ClientFixture(PortalLimits? limits = null, PortalCredential? credential = null)
    {
        Portal = new PortalStub(Clock);
        _http = new HttpClient(Portal) { Timeout = Timeout.InfiniteTimeSpan };
        Credential = credential as TestCredential ?? new TestCredential();
        Clients = new PortalClients(_http, limits ?? new PortalLimits(), Clock, Logs);
        Client = Clients.For(credential ?? Credential);
    }

    public FakeTimeProvider Clock { get; } = new();

    public CapturedLogs Logs { get; } = new();

    public PortalStub Portal { get; }

    public TestCredential Credential { get; }

    public PortalClients Clients { get; }

    public PortalClient Client { get; }

    public void Dispose() => _http.Dispose();

    public Task<CallResult> CallAsync(string method, bool writes = false) =>
        Client.CallAsync(Read(method) with { Writes = writes }, TestContext.Current.CancellationToken);

    public Task<IReadOnlyList<CallOutcome>> CallGroupAsync(params Call[] calls) =>
        Client.CallGroupAsync(new CallGroup(calls), TestContext.Current.CancellationToken);

    public static Call Read(string method) => new(method, new JsonObject { ["id"] = 1 });

    public static Call Write(string method) => Read(method) with { Writes = true };

    /// <summary>Lets simulated time run until a task is done.</summary>
    public async Task<T> RunAsync<T>(Task<T> task, TimeSpan? step = null)
    {
        await this.RunAsync((Task)task, step);
        return await task;
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public async Task RunAsync(Task task, TimeSpan? step = null)
    {
        while (!task.IsCompleted)
        {
            Clock.Advance(step ?? TimeSpan.FromMilliseconds(100));
            // Gives what the clock has woken a moment of real time; how long it takes does not matter.
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken));
        }
    }
}
