using System.Globalization;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Tests.Schemas;

/// <summary>
/// A partner's portal and an ESB with 60 fields each, as two companies name them that never spoke to each other, and the pairs that a person would choose. Written before the algorithm.
/// </summary>
internal static class SixtyFields
{
    // name | type | Russian | English | code | choices
    private const string SourceFields = """
        title | string | Название | Name
        opportunity | double | Сумма | Amount
        currencyId | crm_currency | Валюта | Currency
        comments | text | Комментарий | Comment
        begindate | date | Дата начала | Start date
        closedate | date | Предполагаемая дата закрытия | Expected close date
        sourceId | crm_status | Источник | Source
        sourceDescription | text | Дополнительно об источнике | Source information
        typeId | crm_status | Тип | Type
        probability | integer | Вероятность | Probability
        utmSource | string | UTM Source | UTM Source
        utmCampaign | string | UTM Campaign | UTM Campaign
        assignedById | user | Ответственный | Responsible
        createdTime | datetime | Создано | Created on
        UF_CRM_1690000001 | string | Номер договора | Contract number | CONTRACT_NO
        UF_CRM_1690000002 | date | Дата договора | Contract date | CONTRACT_DATE
        UF_CRM_1690000003 | money | Стоимость доставки | Delivery cost
        UF_CRM_1690000004 | address | Адрес доставки | Delivery address
        UF_CRM_1690000005 | string | Контактное лицо на складе | Warehouse contact
        UF_CRM_1690000006 | enumeration | Способ оплаты | Payment method | | Наличные, Безналичный расчёт, Карта
        UF_CRM_1690000007 | enumeration | Регион | Region | sales_region | Север:NORTH, Юг:SOUTH, Восток:EAST
        UF_CRM_1690000008 | boolean | НДС включён | VAT included
        UF_CRM_1690000009 | double | Объём, м³ | Volume, m³
        UF_CRM_1690000010 | double | Вес брутто (кг) | Gross weight (kg)
        UF_CRM_1690000011 | double | Вес нетто (кг) | Net weight (kg)
        UF_CRM_1690000012 | integer | Количество мест | Number of packages
        UF_CRM_1690000013 | datetime | Дата и время отгрузки | Shipping time
        UF_CRM_1690000014 | employee | Логист | Logistics manager
        UF_CRM_1690000015 | employee | Бухгалтер | Accountant
        UF_CRM_1690000016 | file | Договор | Contract
        UF_CRM_1690000017 | file | Спецификация | Specification
        UF_CRM_1690000018 | url | Ссылка на тендер | Tender link
        UF_CRM_1690000019 | string | Номер тендера | Tender number
        UF_CRM_1690000020 | string | ИНН грузополучателя | Consignee tax number | CONSIGNEE_INN
        UF_CRM_1690000021 | string | КПП грузополучателя | Consignee KPP | CONSIGNEE_KPP
        UF_CRM_1690000022 | string | Комментарий логиста | Logistics comment
        UF_CRM_1690000023 | string | Условия поставки (Инкотермс) | Delivery terms (Incoterms)
        UF_CRM_1690000024 | date | Срок поставки | Delivery date
        UF_CRM_1690000025 | integer | Отсрочка платежа, дней | Payment delay, days
        UF_CRM_1690000026 | money | Сумма аванса | Advance amount
        UF_CRM_1690000027 | double | Процент аванса | Advance percent
        UF_CRM_1690000028 | double | Скидка, % | Discount, %
        UF_CRM_1690000029 | money | Сумма скидки | Discount amount
        UF_CRM_1690000030 | boolean | Требуется монтаж | Installation required
        UF_CRM_1690000031 | enumeration | Причина отказа | Rejection reason | | Дорого, Долго, Нет в наличии
        UF_CRM_1690000032 | string | Причина отказа подробно | Rejection reason in detail
        UF_CRM_1690000033 | crm_status | Отрасль | Industry
        UF_CRM_1690000034 | string | Телефон курьера | Courier's phone
        UF_CRM_1690000035 | string | Телефон получателя | Recipient's phone
        UF_CRM_NUMBER | string | Номер заказа | Order number
        UF_CRM_PROJECT | string | Проект | Project
        UF_CRM_PRIORITY | enumeration | Приоритет | Priority | | Низкий, Средний, Высокий
        UF_CRM_GUARANTEE | integer | Гарантия (мес.) | Warranty (months)
        UF_CRM_COLOR | string | Цвет | Color
        UF_CRM_STATUS | string | Статус оплаты | Payment status
        UF_CRM_LOYALTY | string | Карта лояльности | Loyalty card
        UF_CRM_EXT_ID | string | Внешний код 1С | 1C external code
        UF_CRM_MANAGER | employee | Менеджер по продажам | Sales manager
        UF_CRM_INSURANCE | boolean | Страхование груза | Cargo insurance
        UF_CRM_BIRTHDAY | date | День рождения клиента | Client's birthday
        """;

    private const string EsbFields = """
        title | string | Название сделки | Deal name
        opportunity | double | Сумма | Amount
        currencyId | crm_currency | Валюта | Currency
        comments | text | Комментарии | Comments
        begindate | date | Дата начала | Start date
        closedate | date | Дата завершения | Close date
        sourceId | crm_status | Источник сделки | Deal source
        sourceDescription | text | Об источнике | About the source
        typeId | crm_status | Тип сделки | Deal type
        probability | integer | Вероятность, % | Probability, %
        utmSource | string | Рекламная система | Advertising system
        utmCampaign | string | Рекламная кампания | Campaign
        assignedById | user | Ответственный | Responsible
        createdTime | datetime | Дата создания | Created at
        UF_CRM_DOC_NUM | string | № договора | Agreement No. | CONTRACT_NO
        UF_CRM_DOC_DATE | date | Подписан | Signed on | CONTRACT_DATE
        UF_CRM_DELIVERY_COST | money | Стоимость  доставки | Cost of delivery
        UF_CRM_DELIVERY_ADDRESS | address | Адрес доставки | Delivery address
        UF_CRM_DELIVERY_ADDRESS_FACT | address | Адрес доставки (факт) | Delivery address (actual)
        UF_CRM_PAYMENT | enumeration | способ оплаты | Way of payment | | Наличные, Безналичный расчет, Карта, Бартер
        UF_CRM_AREA | enumeration | Территория | Area | sales_region | Northern:NORTH, Southern:SOUTH, Eastern:EAST
        UF_CRM_VAT | boolean | НДС включен | With VAT
        UF_CRM_VOLUME | double | Объем м³ | Cubic volume
        UF_CRM_WEIGHT_GROSS | double | Вес брутто, кг | Weight gross
        UF_CRM_WEIGHT_NET | double | Вес нетто, кг | Weight net
        UF_CRM_PLACES | integer | Мест | Number of packages
        UF_CRM_SHIPPED | datetime | Дата и время отгрузки | Shipped
        UF_CRM_LOGIST | employee | Логист | Logistician
        UF_CRM_LOGIST_NOTE | string | Логистика | Logistics manager
        UF_CRM_CONTRACT_TEXT | string | Договор | Contract text
        UF_CRM_CONTRACT_FILE | file | Скан договора | Contract
        UF_CRM_SPEC | file | Спецификация | Specification
        UF_CRM_TENDER_URL | url | Тендер | Tender link
        UF_CRM_TENDER_NO | string | Номер тендера | Tender No.
        UF_CRM_INN | string | ИНН | INN | CONSIGNEE_INN
        UF_CRM_KPP | string | КПП | KPP | CONSIGNEE_KPP
        UF_CRM_CARRIER_KPP | string | КПП грузополучателя (перевозчик) | Consignee KPP (carrier)
        UF_CRM_LOG_COMMENT | text | Комментарий логиста | Comment of logistics
        UF_CRM_INCOTERMS | string | Инкотермс | Delivery terms (Incoterms)
        UF_CRM_DELIVERY_DATE | date | Дата поставки | Delivery date
        UF_CRM_TERM | string | Срок | Term
        UF_CRM_DELAY | integer | Отсрочка платежа (дней) | Deferred payment
        UF_CRM_ADVANCE | money | Сумма аванса | Prepayment
        UF_CRM_DISCOUNT | double | Скидка % | Discount rate
        UF_CRM_DISCOUNT_SUM | double | Сумма скидки | Discount sum
        UF_CRM_MOUNTING | boolean | Требуется монтаж | Mounting
        UF_CRM_REJECT | enumeration | Причина отказа | Reason | | Долго, Дорого, Другое
        UF_CRM_REJECT_TEXT | text | Причина отказа (подробно) | Rejection details
        UF_CRM_INDUSTRY | crm_status | Отрасль | Branch
        UF_CRM_PHONE | string | Телефон получателя | Phone of recipient
        UF_CRM_NUMBER | string | Номер вагона | Wagon number
        UF_CRM_ORDER_NO | string | Номер заказа | Order No.
        UF_CRM_PROJECT | string | Проект | Project
        UF_CRM_PRIORITY | enumeration | Приоритет | Priority | | Высокий, Средний, Низкий
        UF_CRM_WARRANTY | integer | Гарантия, мес | Guarantee
        UF_CRM_COLOR | file | Цвет | Colour sample
        UF_CRM_STATUS | date | Статус проекта | Project status
        UF_CRM_1C_CODE | string | Код в 1С | 1C external code
        UF_CRM_SELLER | employee | Менеджер по продажам | Seller
        UF_CRM_SOURCE_PORTAL | string | Портал-источник | Source portal
        """;

    /// <summary>What a person would choose. Traps: a contract as file and as text under one label, a number that is another one under the same name, a colour that is a file here.</summary>
    private const string Intended = """
        title title
        opportunity opportunity
        currencyId currencyId
        comments comments
        begindate begindate
        closedate closedate
        sourceId sourceId
        sourceDescription sourceDescription
        typeId typeId
        probability probability
        utmSource utmSource
        utmCampaign utmCampaign
        UF_CRM_1690000001 UF_CRM_DOC_NUM
        UF_CRM_1690000002 UF_CRM_DOC_DATE
        UF_CRM_1690000003 UF_CRM_DELIVERY_COST
        UF_CRM_1690000004 UF_CRM_DELIVERY_ADDRESS
        UF_CRM_1690000006 UF_CRM_PAYMENT
        UF_CRM_1690000007 UF_CRM_AREA
        UF_CRM_1690000008 UF_CRM_VAT
        UF_CRM_1690000009 UF_CRM_VOLUME
        UF_CRM_1690000010 UF_CRM_WEIGHT_GROSS
        UF_CRM_1690000011 UF_CRM_WEIGHT_NET
        UF_CRM_1690000012 UF_CRM_PLACES
        UF_CRM_1690000013 UF_CRM_SHIPPED
        UF_CRM_1690000014 UF_CRM_LOGIST
        UF_CRM_1690000016 UF_CRM_CONTRACT_FILE
        UF_CRM_1690000017 UF_CRM_SPEC
        UF_CRM_1690000018 UF_CRM_TENDER_URL
        UF_CRM_1690000019 UF_CRM_TENDER_NO
        UF_CRM_1690000020 UF_CRM_INN
        UF_CRM_1690000021 UF_CRM_KPP
        UF_CRM_1690000022 UF_CRM_LOG_COMMENT
        UF_CRM_1690000023 UF_CRM_INCOTERMS
        UF_CRM_1690000024 UF_CRM_DELIVERY_DATE
        UF_CRM_1690000025 UF_CRM_DELAY
        UF_CRM_1690000026 UF_CRM_ADVANCE
        UF_CRM_1690000028 UF_CRM_DISCOUNT
        UF_CRM_1690000029 UF_CRM_DISCOUNT_SUM
        UF_CRM_1690000030 UF_CRM_MOUNTING
        UF_CRM_1690000031 UF_CRM_REJECT
        UF_CRM_1690000032 UF_CRM_REJECT_TEXT
        UF_CRM_1690000033 UF_CRM_INDUSTRY
        UF_CRM_1690000035 UF_CRM_PHONE
        UF_CRM_NUMBER UF_CRM_ORDER_NO
        UF_CRM_PROJECT UF_CRM_PROJECT
        UF_CRM_PRIORITY UF_CRM_PRIORITY
        UF_CRM_GUARANTEE UF_CRM_WARRANTY
        UF_CRM_EXT_ID UF_CRM_1C_CODE
        UF_CRM_MANAGER UF_CRM_SELLER
        """;

    public static PortalSchema Source { get; } = Schema(SourceFields);

    public static PortalSchema Esb { get; } = Schema(EsbFields);

    public static IReadOnlySet<(string Source, string Esb)> Pairs { get; } =
        Lines(Intended).Select(line => line.Split(' ')).Select(pair => (pair[0], pair[1])).ToHashSet();

    private static PortalSchema Schema(string fields) => new()
    {
        EntityTypeId = CrmEntityTypes.Deal,
        Fields = Lines(fields).Select(Field).ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase),
        LoadedAt = Given.Now,
    };

    private static SchemaField Field(string line)
    {
        var cells = line.Split('|', StringSplitOptions.TrimEntries);
        return new SchemaField
        {
            Name = cells[0],
            PortalName = cells[0],
            Type = cells[1],
            IsUserField = cells[0].StartsWith("UF_", StringComparison.Ordinal),
            IsReadOnly = cells[0] == "createdTime",
            Labels = new Dictionary<string, string> { ["ru"] = cells[2], ["en"] = cells[3] },
            XmlId = cells.ElementAtOrDefault(4) is { Length: > 0 } code ? code : null,
            StatusType = cells[1] != "crm_status" ? null : cells[0] switch { "sourceId" => "SOURCE", "typeId" => "DEAL_TYPE", _ => "INDUSTRY" },
            Options = [.. (cells.ElementAtOrDefault(5) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Option)],
        };
    }

    private static CrmFieldOption Option(string text, int index)
    {
        var parts = text.Split(':');
        return new CrmFieldOption(long.Parse($"1{index}", CultureInfo.InvariantCulture), parts[0], parts.ElementAtOrDefault(1));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
