// The SDK's own helper reads application, user, currencies and options in one batch and parses them.
import { LoadDataType, B24HelperManager } from '@bitrix24/b24jssdk'
import { oauth, result, tell } from './sdk.mjs'

const client = oauth()
await client.initIsAdmin()
tell('is admin', client.auth.isAdmin)

await result(client, 'app.option.set', { options: { greeting: 'Привет', limit: 5 } })
const helper = new B24HelperManager(client)
await helper.loadData([LoadDataType.App, LoadDataType.Profile, LoadDataType.Currency, LoadDataType.AppOptions, LoadDataType.UserOptions])

tell('app', helper.appInfo.data)
tell('status', helper.appInfo.statusCode)
tell('payment', helper.paymentInfo.data)
tell('license', helper.licenseInfo.data)
tell('profile', helper.profileInfo.data)
tell('base currency', helper.currency.baseCurrency)
tell('currencies', helper.currency.currencyList)
tell('greeting', helper.appOptions.getString('greeting', ''))
tell('limit', helper.appOptions.getInteger('limit', 0))
tell('user options', helper.userOptions.getString('nothing', 'none'))
