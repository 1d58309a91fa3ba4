using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>A user's tokens, numbered: each renewal brings the next one.</summary>
internal sealed class TestCredential(string portal = "https://acme.bitrix24.test/", string key = "7") : PortalCredential
{
    private readonly Lock _lock = new();
    private Uri _portal = new(portal);
    private int _token = 1;

    public const string TokenText = "secretToken";

    public bool CanRenew { get; set; } = true;

    public Func<Uri, bool> AcceptsHost { get; set; } = _ => false;

    public int Renewals { get; private set; }

    public List<Uri> Moves { get; } = [];

    public Action OnAuthorize { get; set; } = () => { };

    public override string Key => key;

    public override Uri Portal => _portal;

    public override ValueTask<RequestAuthorization> AuthorizeAsync(CancellationToken cancellationToken)
    {
        OnAuthorize();
        lock (_lock)
        {
            return ValueTask.FromResult(new RequestAuthorization(new Uri(_portal, "rest/"), new AccessToken($"{TokenText}{_token}")));
        }
    }

    public override Task<bool> RenewAsync(RequestAuthorization rejected, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (CanRenew && rejected.Token!.Reveal() == $"{TokenText}{_token}")
            {
                _token++;
                Renewals++;
            }

            return Task.FromResult(CanRenew);
        }
    }

    public override ValueTask<bool> MoveAsync(Uri newPortal, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Moves.Add(newPortal);
            if (!AcceptsHost(newPortal))
            {
                return ValueTask.FromResult(false);
            }

            _portal = newPortal;
            return ValueTask.FromResult(true);
        }
    }
}
