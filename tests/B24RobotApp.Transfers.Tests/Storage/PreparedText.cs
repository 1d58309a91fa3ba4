using System.Text.RegularExpressions;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>A store's statement as PostgreSQL's own <c>PREPARE</c> takes it.</summary>
/// <param name="Sql">With numbers in place of names.</param>
/// <param name="Parameters">How many there are.</param>
internal sealed partial record PreparedText(string Sql, int Parameters)
{
    public static PreparedText Of(string sql)
    {
        var parameters = Parameter().Matches(sql).Select(match => match.Value).Distinct().ToList();
        return new PreparedText(Parameter().Replace(ListParameter().Replace(sql, "= ANY ($1)"), match => $"${parameters.IndexOf(match.Value) + 1}"), parameters.Count);
    }

    [GeneratedRegex(@"\bIN (@\w+)")]
    private static partial Regex ListParameter();

    [GeneratedRegex(@"@\w+")]
    private static partial Regex Parameter();
}
