"""How a picture is drawn: shapes, colours, plotly and SVG."""
