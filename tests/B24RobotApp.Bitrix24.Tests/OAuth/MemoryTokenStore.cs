using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Tests.OAuth;

/// <summary>One user's tokens, in memory, with a disk that can be full.</summary>
internal sealed class MemoryTokenStore(Uri server) : ITokenStore
{
    private readonly Lock _lock = new();
    private PortalTokens? _tokens;

    public PortalTokens? Tokens
    {
        get
        {
            lock (_lock)
            {
                return _tokens;
            }
        }

        set
        {
            lock (_lock)
            {
                _tokens = value;
            }
        }
    }

    public bool IsDead { get; private set; }

    public bool IsFull { get; set; }

    public bool KnowsCredentials { get; set; } = true;

    /// <summary>Asked for the turn: what another process does meanwhile, and whether it still has it afterwards.</summary>
    public Func<bool> OtherProcess { get; set; } = () => false;

    public ValueTask<PortalTokens?> FindAsync(TokenOwner owner, CancellationToken cancellationToken) => ValueTask.FromResult(Tokens);

    public Task<PortalTokens?> ReadAsync(TokenOwner owner, CancellationToken cancellationToken) => Task.FromResult(Tokens);

    public Task<IAsyncDisposable?> TakeTurnAsync(TokenOwner owner, CancellationToken cancellationToken) =>
        Task.FromResult(OtherProcess() ? null : (IAsyncDisposable?)new MemoryStream());

    public Task SaveAsync(TokenOwner owner, PortalTokens tokens, CancellationToken cancellationToken)
    {
        if (IsFull)
        {
            throw new IOException("No space left on device");
        }

        Tokens = tokens;
        return Task.CompletedTask;
    }

    public Task MarkDeadAsync(TokenOwner owner, CancellationToken cancellationToken)
    {
        IsDead = true;
        Tokens = null;
        return Task.CompletedTask;
    }

    public ValueTask<TokenAuthority?> FindAuthorityAsync(MemberId member, CancellationToken cancellationToken) =>
        ValueTask.FromResult(KnowsCredentials ? new TokenAuthority(server, new ApplicationCredentials("local.1", new ClientSecret("clientSecret1"))) : null);
}
