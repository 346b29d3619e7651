"""
Closed lists: what is no macro, cell attribute or colour of these is text of the page.

`[보이스]`, `[12:00]` and `<The Knight>` are words of the writers, which a rule such as
"anything in brackets" would lose.
"""

# Macros without arguments; `br` is a line end, the others show nothing that is the page's text, or
# what depends on the day (date, age, dday).
BARE_MACROS = frozenset(
    """
    br 목차 tableofcontents 각주 footnote clearfix pagecount navigation date datetime age dday
    """.split()  # noqa: SIM905 (a list of words reads better)
)
# Macros with arguments, which are dropped. Two more are none of these: `ruby` keeps its base, and
# `math` holds TeX.
ARGUMENT_MACROS = frozenset(
    """
    목차 tableofcontents 각주 footnote include anchor youtube kakaotv nicovideo vimeo navertv tvpot
    sbs pagecount vote date datetime age dday
    """.split()  # noqa: SIM905
)

# The names of CSS colours (https://www.w3.org/TR/css-color-4/#named-colors), without which
# {{{#include <stdio.h>}}} would be a colour.
COLOURS = frozenset(
    """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet
    brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan
    darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta
    darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue
    darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey
    dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray
    green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
    lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen
    lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey
    lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue
    mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
    olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred
    papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue
    saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray
    slategrey snow springgreen steelblue tan teal thistle tomato transparent turquoise violet wheat
    white whitesmoke yellow yellowgreen
    """.split()  # noqa: SIM905
)

# Links that are none, as patterns: what stands before the colon.
FILES = "파일|이미지|file|image"
CATEGORIES = "분류|category"

# Attributes at the head of a table cell, any number of them; of those that join cells, also such as
# lack their end.
CELL_ATTRIBUTES = r"""
    (?:[ ]?<(?:
        -\d+ | [\^v]?\|\d+ | \( | : | \)
        | nopad | keepall | rowkeepall | colkeepall
        | \#\w+ (?:,[ ]*\#?\w+)?
        | (?:table|row|col)?[ ]?
          (?:bgcolor|color|bordercolor|width|height|align|textalign|class|if) [ ]*=[^<>|\n]*
    )> | <(?:-|[\^v]?\|)\d+(?=[ ]))+
"""
