using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>A page cannot be shown or a form not be taken, for a reason that its reader can act on.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is what the page says; throwing it is only how it gets there.")]
[SuppressMessage("Naming", "CA1064", Justification = "It never leaves this folder.")]
internal sealed class PageProblem(string message, int status = StatusCodes.Status404NotFound) : Exception(message)
{
    public int Status => status;
}
