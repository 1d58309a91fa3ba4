using System.Globalization;
using System.Text.Json;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Waits;

/// <summary>What is waited for.</summary>
public enum WaitUntil
{
    Won,
    Lost,
    Closed,
    StageChanged,
    AmountChanged,
    Stage,
}

/// <summary>The properties of the robot that waits, decoded.</summary>
public sealed record WaitSettings
{
    /// <summary>The property that names the ESB's deal.</summary>
    public const string DealProperty = "wait_for_deal";

    public WaitUntil Until { get; private init; }

    /// <summary>With <see cref="WaitUntil.Stage"/>: the ESB's stage code.</summary>
    public string Stage { get; private init; } = "";

    /// <summary>The ESB's deal; <see langword="null"/>: that of the last transfer.</summary>
    public long? Deal { get; private init; }

    /// <summary>What is wrong with the properties, for people.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    /// <summary>Reads the properties as the inbox keeps them, a JSON object of lists of strings. Never fails: see <see cref="Problems"/>.</summary>
    /// <param name="properties">The JSON text.</param>
    /// <param name="texts">The language of the problems.</param>
    public static WaitSettings Parse(string properties, TransferTexts texts)
    {
        var byName = new Dictionary<string, string[]>(JsonSerializer.Deserialize<Dictionary<string, string[]>>(properties) ?? [], StringComparer.OrdinalIgnoreCase);
        string Text(string name) => byName.GetValueOrDefault(name)?.FirstOrDefault(value => !string.IsNullOrWhiteSpace(value))?.Trim() ?? "";
        var problems = new List<string>();
        WaitUntil? until = Text("until").ToUpperInvariant() switch
        {
            // A robot that was dropped and not touched waits for the end, whichever it is.
            "" or "CLOSED" => WaitUntil.Closed,
            "WON" => WaitUntil.Won,
            "LOST" => WaitUntil.Lost,
            "STAGE_CHANGED" => WaitUntil.StageChanged,
            "AMOUNT_CHANGED" => WaitUntil.AmountChanged,
            "STAGE" => WaitUntil.Stage,
            _ => null,
        };
        if (until is null)
        {
            problems.Add(texts.UntilUnknown(Text("until")));
        }

        if (until == WaitUntil.Stage && Text("stage").Length == 0)
        {
            problems.Add(texts.StageMissing());
        }

        var deal = Text(DealProperty);
        var id = 0L;
        if (deal.Length > 0 && (!long.TryParse(deal, NumberStyles.None, CultureInfo.InvariantCulture, out id) || id == 0))
        {
            problems.Add(texts.DealIdUnreadable(deal));
        }

        return new WaitSettings { Until = until ?? WaitUntil.Closed, Stage = Text("stage"), Deal = id > 0 ? id : null, Problems = problems };
    }
}
