using B24RobotApp.Transfers.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>A write that keeps the writer busy until it is let go, so that what is written meanwhile makes one group.</summary>
internal sealed class HeldWriter : IDisposable
{
    private readonly ManualResetEventSlim _begun = new();
    private readonly ManualResetEventSlim _gate = new();

    public Task Write { get; private set; } = Task.CompletedTask;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static HeldWriter Of(StoreDatabase database)
    {
        var held = new HeldWriter();
        held.Write = database.WriteAsync(held.Hold, Durability.Relaxed, Cancel);
        held._begun.Wait(TimeSpan.FromSeconds(30), Cancel);
        return held;
    }

    public void LetGo() => _gate.Set();

    public void Dispose()
    {
        _begun.Dispose();
        _gate.Dispose();
    }

    private bool Hold(StoreConnection connection)
    {
        _begun.Set();
        return _gate.Wait(TimeSpan.FromSeconds(30), Cancel);
    }
}
