namespace B24RobotApp.Sandbox.Portals;

/// <summary>An outgoing webhook: tells an address of events, without tokens.</summary>
/// <param name="Id">Arrives as <c>event_handler_id</c>.</param>
/// <param name="Handler">Where the events are sent.</param>
/// <param name="ApplicationToken">What the portal shows after saving, and sends with every event.</param>
/// <param name="Events">In upper case.</param>
public sealed record OutgoingWebhook(long Id, Uri Handler, string ApplicationToken, IReadOnlySet<string> Events);
