using B24RobotApp.Testing;
using B24RobotApp.Transfers.Tests.CatchUp;
using B24RobotApp.Transfers.Tests.Connections;
using B24RobotApp.Transfers.Tests.Links;
using B24RobotApp.Transfers.Tests.Mapping;
using B24RobotApp.Transfers.Tests.Portals;
using B24RobotApp.Transfers.Tests.Queue;
using B24RobotApp.Transfers.Tests.Schemas;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>SQLite on a real file.</summary>
public sealed class SqliteProvider : StoreProvider
{
    private readonly TestDatabase _database = new();

    public override TestStores Open(TimeProvider clock) => _database.Stores(clock);

    public override TestStores Restart(TimeProvider clock)
    {
        _database.Close();
        return _database.Stores(clock);
    }

    protected override void Close() => _database.Dispose();
}

public sealed class SqlitePortalStoreTests : PortalStoreContract<SqliteProvider>;

public sealed class SqlitePortalEraserTests : PortalEraserContract<SqliteProvider>;

public sealed class SqliteTokenStoreTests : TokenStoreContract<SqliteProvider>;

public sealed class SqliteConnectionStoreTests : ConnectionStoreContract<SqliteProvider>;

public sealed class SqliteProfileStoreTests : ProfileStoreContract<SqliteProvider>;

public sealed class SqliteLinkStoreTests : LinkStoreContract<SqliteProvider>;

public sealed class SqliteUnsettledClientsTests : UnsettledClientsContract<SqliteProvider>;

public sealed class SqliteTransferQueueTests : TransferQueueContract<SqliteProvider>;

public sealed class SqliteTransferProgressTests : TransferProgressContract<SqliteProvider>;

public sealed class SqliteTransferListTests : TransferListContract<SqliteProvider>;

public sealed class SqliteValueTableStoreTests : ValueTableStoreContract<SqliteProvider>;

public sealed class SqliteLateCallTests : LateCallContract<SqliteProvider>;

public sealed class SqliteLearningTests : LearningContract<SqliteProvider>;
