using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Api;

/// <summary>A portal that refuses or does not answer is no defect of the app: the page says what the portal said.</summary>
internal sealed class PortalFailures : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Bitrix24Exception exception)
        {
            return TypedResults.Problem(
                $"{exception.PortalHost}: {exception.Method}: {exception.Description} ({exception.Code})", statusCode: StatusCodes.Status502BadGateway);
        }
        catch (TransferFailedException exception)
        {
            return TypedResults.Problem(
                exception.Message, statusCode: StatusCodes.Status422UnprocessableEntity, extensions: new Dictionary<string, object?> { ["code"] = exception.Code });
        }
    }
}
