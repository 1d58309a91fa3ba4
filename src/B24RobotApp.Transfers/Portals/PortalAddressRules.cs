namespace B24RobotApp.Transfers.Portals;

/// <summary>Which hosts may be a portal's address: what the host's settings allow.</summary>
/// <param name="IsAllowed">Whether an address (scheme, host, port) is allowed.</param>
public sealed record PortalAddressRules(Func<Uri, bool> IsAllowed);
