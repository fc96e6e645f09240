"""Units of measure: which quantity a unit measures and how large it is, under the names of several languages.

Factors are exact by definition (NIST Special Publication 811, appendix B): the international pound is 0.45359237 kg,
the inch 2.54 cm, the US gallon 231 cubic inches, the imperial gallon 4.54609 l. Where a name is used for two sizes
(a gigabyte of 1000 or 1024 megabytes, a US or an imperial pint), both count.
"""

from __future__ import annotations

from fractions import Fraction

_TABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "length": (
        ("0.001", "mm millimetre millimetres millimeter millimeters millimètre millimètres milímetro milímetros мм "
        "毫米"),
        ("0.01", "cm centimetre centimetres centimeter centimeters zentimeter centimètre centimètres centímetros см "
        "厘米"),
        ("1", "m metre metres meter meters mètre mètres metro metros м метр метра метров 米"),
        ("1000", "km kilometre kilometres kilometer kilometers kilomètre kilomètres kilómetro kilómetros км 公里 千米"),
        ("0.0254", "in inch inches zoll pouce pouces pulgada pulgadas дюйм дюйма дюймов 英寸"),
        ("0.3048", "ft foot feet fuß pied pieds pie pies фут фута футов 英尺"),
        ("0.9144", "yd yard yards ярд ярда ярдов"),
        ("1609.344", "mi mile miles meile meilen mille milles milla millas миля мили миль 英里"),
        ("1852", "nmi"),
    ),
    "mass": (
        ("0.000001", "mg milligram milligrams milligramm мг 毫克"),
        ("0.001", "g gram grams gramm gramme grammes gramo gramos г грамм грамма граммов 克"),
        ("1", "kg kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramos кг 公斤 千克"),
        ("0.45359237", "lb lbs pound pounds livre livres libra libras фунт фунта фунтов 磅"),
        ("0.028349523125", "oz ounce ounces unze unzen once onces onza onzas унция унции унций 盎司"),
    ),
    "volume": (
        ("0.001", "ml millilitre millilitres milliliter milliliters мл 毫升"),
        ("0.01", "cl centilitre centilitres"),
        ("1", "l litre litres liter liters litro litros л литр литра литров 升"),
        ("3.785411784", "gal gallon gallons gallone gallonen galón galones 加仑"),
        ("4.54609", "gal gallon gallons gallone gallonen galón galones 加仑"),
        ("0.473176473", "pint pints"),
        ("0.56826125", "pint pints"),
        ("0.2365882365", "cup cups"),
    ),
    "time": (
        ("1", "s sec second seconds sekunde sekunden seconde secondes segundo segundos секунда секунды секунд 秒"),
        ("60", "min mins minute minutes minuten minuto minutos минута минуты минут 分钟"),
        ("3600", "h hr hrs hour hours stunde stunden heure heures hora horas час часа часов 小时"),
        ("86400", "day days tag tage tagen jour jours día días день дня дней 天"),
        ("604800", "week weeks woche wochen semaine semaines semana semanas неделя недели недель 周"),
    ),
    "data": (
        ("1000", "kb"),
        ("1024", "kb kib"),
        ("1000000", "mb"),
        ("1048576", "mb mib"),
        ("1000000000", "gb"),
        ("1073741824", "gb gib"),
        ("1000000000000", "tb"),
        ("1099511627776", "tb tib"),
    ),
    "energy": (("1", "kcal"), ("0.2390057361376673", "kj")),
}  # fmt: skip

SIZES: dict[str, tuple[tuple[str, Fraction], ...]] = {}
"""Unit in lower case -> each (quantity, size in the quantity's first unit)."""
for _quantity, _rows in _TABLE.items():
    for _size, _names in _rows:
        for _name in _names.split():
            SIZES[_name] = (*SIZES.get(_name, ()), (_quantity, Fraction(_size)))

_CELSIUS = frozenset({"°c", "celsius"})
_FAHRENHEIT = frozenset({"°f", "fahrenheit"})


def converted(value: Fraction, unit: str, wanted: str) -> tuple[Fraction, ...]:
    """`value` of `unit` in `wanted`, once per reading of the names; () when they don't measure the same."""
    unit, wanted = unit.lower(), wanted.lower()
    if unit in _FAHRENHEIT and wanted in _CELSIUS:
        return ((value - 32) * Fraction(5, 9),)
    if unit in _CELSIUS and wanted in _FAHRENHEIT:
        return (value * Fraction(9, 5) + 32,)
    return tuple(
        value * size / other
        for quantity, size in SIZES.get(unit, ())
        for same, other in SIZES.get(wanted, ())
        if quantity == same
    )
