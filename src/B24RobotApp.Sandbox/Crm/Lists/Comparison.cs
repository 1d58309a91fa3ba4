namespace B24RobotApp.Sandbox.Crm.Lists;

/// <summary>What the signs before a field's name in a filter mean.</summary>
internal enum Comparison
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Contains,
    ContainsNot,
    Like,
    LikeNot,
}
