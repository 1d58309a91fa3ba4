namespace B24RobotApp.Sandbox.Faults;

/// <summary>What can go wrong on purpose.</summary>
public enum FaultKind
{
    /// <summary>The connection is reset before anything was done.</summary>
    ResetBefore,

    /// <summary>Everything is done, then the connection is reset in the middle of the answer.</summary>
    ResetAfter,

    /// <summary>500 with <c>INTERNAL_SERVER_ERROR</c>; nothing was done.</summary>
    InternalErrorBefore,

    /// <summary>500 with <c>INTERNAL_SERVER_ERROR</c>, though everything was done.</summary>
    InternalErrorAfter,

    /// <summary>502 with a page of HTML; nothing was done.</summary>
    BadGatewayBefore,

    /// <summary>502 with a page of HTML, though everything was done.</summary>
    BadGatewayAfter,

    /// <summary>The answer comes later by <see cref="FaultRule.Delay"/>.</summary>
    Slow,

    /// <summary>The work begins when the rule is released (<see cref="FaultRule.Release"/>), and is done even if the caller has hung up meanwhile.</summary>
    Held,

    /// <summary>Everything is done, but no answer ever comes.</summary>
    Hang,

    /// <summary>401 <c>expired_token</c>.</summary>
    ExpiredToken,

    /// <summary>503 <c>QUERY_LIMIT_EXCEEDED</c>.</summary>
    QueryLimitExceeded,

    /// <summary>429 <c>OPERATION_TIME_LIMIT</c> for the method, inside a batch for that sub-call alone.</summary>
    OperationTimeLimit,

    /// <summary>An error of one's choice, by <see cref="FaultRule.Code"/> and <see cref="FaultRule.Status"/>; nothing was done.</summary>
    Refuse,

    /// <summary>A robot's call or an event never reaches its handler.</summary>
    DropDelivery,

    /// <summary>A robot's call or an event is delivered twice.</summary>
    DuplicateDelivery,

    /// <summary>A robot's call or an event is delivered later by <see cref="FaultRule.Delay"/>.</summary>
    DelayDelivery,

    /// <summary>A robot's call or an event arrives after the next one that its portal sends, or after <see cref="FaultRule.Delay"/> if none comes.</summary>
    ReorderDelivery,
}
