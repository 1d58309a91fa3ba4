namespace B24RobotApp.Sandbox.Portals;

/// <summary>One run of the portal's code, as PHP has it per request: who it runs for and what leaves when it is over.</summary>
internal sealed class Hit(SandboxUser? user = null, AppInstallation? app = null)
{
    private readonly List<Action> _later = [];
    private readonly HashSet<string> _raised = [];

    /// <summary>Who caused it; <see langword="null"/> for robots, timers and the system.</summary>
    public SandboxUser? User => user;

    public AppInstallation? App => app;

    public void After(Action action) => _later.Add(action);

    /// <summary>Equal events of one hit are sent once.</summary>
    public bool IsFirst(string happening) => _raised.Add(happening);

    /// <summary>The answer is out: lets go what waited for it. What that causes waits for nobody any more.</summary>
    public void Finish()
    {
        for (var i = 0; i < _later.Count; i++)
        {
            _later[i]();
        }
        _later.Clear();
    }
}
