using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Frames;

/// <summary>The frames that pages of a portal have open. A page that is gone says nothing, so only the latest are kept.</summary>
internal sealed class OpenFrames(SandboxPortal portal)
{
    private const int Kept = 500;

    private readonly ConcurrentDictionary<string, OpenFrame> _bySession = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _sessions = new();

    /// <summary>Makes the form that loads a frame, and remembers it.</summary>
    /// <param name="app">The application.</param>
    /// <param name="userId">Who looks.</param>
    /// <param name="binding">The widget; the application's own page if not given.</param>
    /// <param name="options">What the place tells the widget.</param>
    /// <exception cref="InvalidOperationException">Not installed yet, and the user is no administrator.</exception>
    public FrameRequest Open(AppInstallation app, long userId, PlacementBinding? binding, JsonObject? options)
    {
        var frame = binding is null ? portal.CreateFrame(app, userId, placementOptions: options) : portal.CreateFrame(app, userId, binding, options ?? []);
        _bySession[frame.SessionId] = new OpenFrame(app, userId, binding?.Placement ?? "DEFAULT");
        _sessions.Enqueue(frame.SessionId);
        while (_sessions.Count > Kept && _sessions.TryDequeue(out var old))
        {
            _bySession.TryRemove(old, out _);
        }
        return frame;
    }

    public OpenFrame? Find(string session) => _bySession.GetValueOrDefault(session);
}
