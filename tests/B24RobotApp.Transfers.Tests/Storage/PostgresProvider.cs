using B24RobotApp.Testing;
using B24RobotApp.Transfers.Tests.CatchUp;
using B24RobotApp.Transfers.Tests.Connections;
using B24RobotApp.Transfers.Tests.Links;
using B24RobotApp.Transfers.Tests.Mapping;
using B24RobotApp.Transfers.Tests.Portals;
using B24RobotApp.Transfers.Tests.Queue;
using B24RobotApp.Transfers.Tests.Schemas;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>PostgreSQL, on a server of the tests' own.</summary>
public sealed class PostgresProvider : StoreProvider
{
    private readonly TestPostgres _database = new();

    public override TestStores Open(TimeProvider clock) => _database.Stores(clock);

    public override TestStores Restart(TimeProvider clock)
    {
        _database.Close();
        return _database.Stores(clock);
    }

    protected override void Close() => _database.Dispose();
}

public sealed class PostgresPortalStoreTests : PortalStoreContract<PostgresProvider>;

public sealed class PostgresPortalEraserTests : PortalEraserContract<PostgresProvider>;

public sealed class PostgresTokenStoreTests : TokenStoreContract<PostgresProvider>;

public sealed class PostgresConnectionStoreTests : ConnectionStoreContract<PostgresProvider>;

public sealed class PostgresProfileStoreTests : ProfileStoreContract<PostgresProvider>;

public sealed class PostgresLinkStoreTests : LinkStoreContract<PostgresProvider>;

public sealed class PostgresUnsettledClientsTests : UnsettledClientsContract<PostgresProvider>;

public sealed class PostgresTransferQueueTests : TransferQueueContract<PostgresProvider>;

public sealed class PostgresTransferProgressTests : TransferProgressContract<PostgresProvider>;

public sealed class PostgresTransferListTests : TransferListContract<PostgresProvider>;

public sealed class PostgresValueTableStoreTests : ValueTableStoreContract<PostgresProvider>;

public sealed class PostgresLateCallTests : LateCallContract<PostgresProvider>;

public sealed class PostgresLearningTests : LearningContract<PostgresProvider>;
