namespace B24RobotApp.Sandbox.Portals;

/// <summary>A handler of an event, by <c>event.bind</c>.</summary>
/// <param name="Id">Arrives as <c>event_handler_id</c>.</param>
/// <param name="Event">In upper case.</param>
/// <param name="Handler">Where the event is sent.</param>
/// <param name="UserId">Whose token it brings; 0: of the one who caused it.</param>
public sealed record EventBinding(long Id, string Event, Uri Handler, long UserId);
