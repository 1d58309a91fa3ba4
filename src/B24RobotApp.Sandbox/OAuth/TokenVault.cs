using System.Security.Cryptography;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.OAuth;

/// <summary>All tokens and codes that were handed out, for all portals.</summary>
internal sealed class TokenVault
{
    /// <summary>Robot calls bring a new pair each; beyond this many the oldest pairs are forgotten.</summary>
    private const int Capacity = 200_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TokenPair> _byAccess = [];
    private readonly Dictionary<string, TokenPair> _byRefresh = [];
    private readonly Queue<TokenPair> _order = [];
    private readonly Dictionary<string, (AppInstallation App, long UserId, DateTimeOffset IssuedAt)> _codes = [];

    /// <summary>All pairs that are remembered, oldest first, dead ones too.</summary>
    public IReadOnlyList<TokenPair> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _order];
            }
        }
    }

    public TokenPair Issue(AppInstallation app, long userId, DateTimeOffset now)
    {
        var pair = new TokenPair(RandomNumberGenerator.GetHexString(70, lowercase: true), RandomNumberGenerator.GetHexString(70, lowercase: true), app, userId, now);
        lock (_gate)
        {
            _byAccess.Add(pair.AccessToken, pair);
            _byRefresh.Add(pair.RefreshToken, pair);
            _order.Enqueue(pair);
            while (_order.Count > Capacity)
            {
                Remove(_order.Dequeue());
            }
        }
        return pair;
    }

    public TokenPair? FindAccess(string token)
    {
        lock (_gate)
        {
            return _byAccess.GetValueOrDefault(token);
        }
    }

    public TokenPair? FindRefresh(string token)
    {
        lock (_gate)
        {
            return _byRefresh.GetValueOrDefault(token);
        }
    }

    /// <summary>Takes a refresh token out of use: a refresh replaces it.</summary>
    public void RetireRefresh(TokenPair pair)
    {
        lock (_gate)
        {
            _byRefresh.Remove(pair.RefreshToken);
        }
    }

    public string IssueCode(AppInstallation app, long userId, DateTimeOffset now)
    {
        var code = RandomNumberGenerator.GetHexString(32, lowercase: true);
        lock (_gate)
        {
            _codes.Add(code, (app, userId, now));
        }
        return code;
    }

    public (AppInstallation App, long UserId, DateTimeOffset IssuedAt)? TakeCode(string code)
    {
        lock (_gate)
        {
            return _codes.Remove(code, out var found) ? found : null;
        }
    }

    /// <summary>The application is gone: all its tokens are dead.</summary>
    public void Revoke(AppInstallation app)
    {
        lock (_gate)
        {
            foreach (var pair in _order.Where(pair => pair.App == app))
            {
                Remove(pair);
            }
        }
    }

    private void Remove(TokenPair pair)
    {
        _byAccess.Remove(pair.AccessToken);
        _byRefresh.Remove(pair.RefreshToken);
    }
}
