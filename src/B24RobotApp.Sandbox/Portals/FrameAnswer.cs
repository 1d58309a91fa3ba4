namespace B24RobotApp.Sandbox.Portals;

/// <summary>What an application answered to the form that loads its frame.</summary>
public sealed record FrameAnswer(int Status, string Body, IReadOnlyDictionary<string, string> Headers);
