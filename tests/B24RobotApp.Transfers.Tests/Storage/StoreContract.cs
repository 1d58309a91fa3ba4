using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>
/// What the stores must do, whatever database is behind them, is written once, in abstract classes that derive from this one. A provider's tests inherit each of them in a
/// line.
/// </summary>
public abstract class StoreContract<TProvider> : IAsyncLifetime
    where TProvider : StoreProvider, new()
{
    private readonly TProvider _provider = new();

    protected StoreContract() => Stores = _provider.Open(Clock);

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected FakeTimeProvider Clock { get; } = new(Given.Now);

    protected TestStores Stores { get; private set; }

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _provider.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The stores are new and remember nothing; what was written is there.</summary>
    protected void Restart() => Stores = _provider.Restart(Clock);

    protected Task<Portal> InstallAsync(int member = 1) => Stores.Portals.SaveInstallationAsync(Given.Installation(member), Cancel);
}

/// <summary>A database provider under test.</summary>
public abstract class StoreProvider : IDisposable
{
    /// <summary>Stores on an empty database.</summary>
    public abstract TestStores Open(TimeProvider clock);

    /// <summary>The stores as a restarted process has them.</summary>
    public abstract TestStores Restart(TimeProvider clock);

    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends everything and deletes the data.</summary>
    protected abstract void Close();
}
