using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Audits;
using B24RobotApp.Transfers.Sendings;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Testing;

/// <summary>All stores on one database, as the application has them.</summary>
public sealed class TestStores
{
    private readonly Func<ConnectionStore> _openConnections;

    public TestStores(StoreDatabase database, SecretProtection protection, TimeProvider clock)
    {
        Tokens = new TokenStore(database, protection, new SoleServer(), clock);
        Portals = new PortalStore(database, protection, Tokens, clock);
        _openConnections = () => new ConnectionStore(database, protection);
        Connections = _openConnections();
        Profiles = new ProfileStore(database, clock);
        Links = new LinkStore(database, clock);
        Settling = new Settling(Options.Create(new TransferOptions()), clock);
        UnsettledClients = new UnsettledClients(database, Settling, clock);
        Files = new CarriedFileStore(database);
        Transfers = new TransferStore(database, clock);
        Waits = new WaitStore(database, clock);
        Followed = new FollowStore(database, clock);
        Tables = new ValueTableStore(database, clock);
        Sendings = new SendingStore(database, clock);
        Audits = new AuditStore(database, clock);
        RobotStages = new RobotStageStore(database);
        Listening = new ListeningLog(database, clock);
        Choices = new CatchUpChoices(database, clock);
        Eraser = new PortalEraser(Portals, Tokens, Transfers, Connections, Profiles, Tables, Sendings, RobotStages, Choices, Audits, Waits, Followed);
    }

    public TokenStore Tokens { get; }

    public PortalStore Portals { get; }

    public ConnectionStore Connections { get; }

    public ProfileStore Profiles { get; }

    public ValueTableStore Tables { get; }

    public LinkStore Links { get; }

    public Settling Settling { get; }

    public UnsettledClients UnsettledClients { get; }

    public CarriedFileStore Files { get; }

    public TransferStore Transfers { get; }

    public WaitStore Waits { get; }

    public FollowStore Followed { get; }

    public SendingStore Sendings { get; }

    public AuditStore Audits { get; }

    public RobotStageStore RobotStages { get; }

    public ListeningLog Listening { get; }

    public CatchUpChoices Choices { get; }

    public PortalEraser Eraser { get; }

    /// <summary>A store that knows of connections what is on disk, as after a restart.</summary>
    public ConnectionStore OpenConnections() => _openConnections();
}
