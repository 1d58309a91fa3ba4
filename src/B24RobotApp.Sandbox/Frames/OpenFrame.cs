using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Frames;

/// <summary>A frame that a page of the portal shows, by its <c>APP_SID</c>: whose it is and who looks at it.</summary>
/// <param name="App">The application.</param>
/// <param name="UserId">Who sits before it.</param>
/// <param name="Placement">Where it stands; <c>DEFAULT</c> is the application's own page.</param>
internal sealed record OpenFrame(AppInstallation App, long UserId, string Placement);
