using System.Diagnostics;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Running;

/// <content>One attempt.</content>
public sealed partial class TransferRunner
{
    /// <summary>What one attempt knows so far.</summary>
    private sealed class Run : IDisposable
    {
        private Activity? _span;

        public required Transfer Transfer { get; set; }

        public required Portal Portal { get; init; }

        public required TransferTexts Texts { get; init; }

        public required RobotSettings Settings { get; init; }

        public required WriteIntent Intent { get; init; }

        public required DateTimeOffset StartedAt { get; init; }

        /// <summary>What is done now; each step is a span of the trace.</summary>
        public string Step
        {
            get;
            set
            {
                _span?.Dispose();
                _span = Telemetry.Source.StartActivity(value);
                field = value;
            }
        }

        = "start";

        /// <summary>What was sent, or was to be sent when the ESB refused.</summary>
        public TransferTrail? Trail { get; set; }

        /// <summary>Whether calls go to the ESB now: it decides whose administrator has to act on a refusal.</summary>
        public bool AtEsb { get; set; }

        public EsbConnection? Connection { get; set; }

        /// <summary>What the item becomes on the ESB.</summary>
        public CrmKind Kind { get; set; } = CrmKind.Deal;

        /// <summary>What is known of a deal that was written and whose files are still to follow.</summary>
        public TransferOutcome? Standing => Transfer.Outcome is { FilesPending: true } standing ? standing : null;

        /// <summary>Known when only the report is missing.</summary>
        public TransferOutcome? Outcome { get; set; }

        public void Dispose() => _span?.Dispose();

        public TransferAttempt Attempt(string step, Bitrix24Exception? failure, DateTimeOffset now) => new()
        {
            Number = Transfer.Attempt,
            StartedAt = StartedAt,
            EndedAt = now,
            Step = step,
            Failure = failure?.Kind.ToString(),
            ErrorCode = failure?.Code,
            ErrorMessage = failure?.Description,
        };
    }
}
