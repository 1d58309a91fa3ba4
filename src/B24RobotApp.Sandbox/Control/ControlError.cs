using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Sandbox.Control;

/// <summary>The control interface cannot do what it was asked, for a reason that a person can act on.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is what the interface answers; throwing it is only how it gets there.")]
[SuppressMessage("Naming", "CA1064", Justification = "It never leaves this folder.")]
internal sealed class ControlError(int status, string message) : Exception(message)
{
    public int Status => status;
}
