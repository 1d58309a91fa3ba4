namespace B24RobotApp.Sandbox.Automation;

public enum WorkflowState
{
    /// <summary>Its robots run, or one waits for an answer.</summary>
    Running,

    /// <summary>All robots ran.</summary>
    Completed,

    /// <summary>The deal left the stage or is gone, or an administrator ended it.</summary>
    Terminated,

    /// <summary>A robot could not run: its application is gone, or the robot was deleted.</summary>
    Failed,
}
