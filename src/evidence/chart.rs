//! Charts as SVG, by a plotting library.

use std::fmt;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::figure::Chart;

const WIDTH: u32 = 720;
const HEIGHT: u32 = 200;
const INK: RGBColor = RGBColor(40, 44, 52);
const BAR: RGBColor = RGBColor(47, 95, 143);

/// The chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("a chart cannot be drawn: {0}")]
pub struct ChartError(String);

fn failed(err: impl fmt::Display) -> ChartError {
    ChartError(err.to_string())
}

/// Bars with their counts above and their names below. All text in it is ours, and is escaped by the
/// library all the same.
pub fn svg(chart: &Chart) -> Result<String, ChartError> {
    let mut svg = String::new();
    let count = i32::try_from(chart.bars.len()).unwrap_or(0).max(1);
    let most = chart.bars.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        let style = |size: i32| ("sans-serif", size).into_font().color(&INK);
        let wide = i32::try_from(WIDTH).unwrap_or(0) / count;
        let (top, bottom) = (26, i32::try_from(HEIGHT).unwrap_or(0) - 26);
        let line = PathElement::new(vec![(0, bottom), (wide * count, bottom)], INK.stroke_width(1));
        area.draw(&line).map_err(failed)?;
        for (at, (name, value)) in (0i32..).zip(&chart.bars) {
            let (left, middle) = (at * wide, at * wide + wide / 2);
            // At least a hair, so that one among thousands is still there.
            let share = u128::from(*value) * u128::from((bottom - top).unsigned_abs()) / u128::from(most);
            let high = i32::try_from(share).unwrap_or(0).max(i32::from(*value > 0));
            let bar = Rectangle::new([(left + 8, bottom - high), (left + wide - 8, bottom)], BAR.filled());
            area.draw(&bar).map_err(failed)?;
            let above = style(15).pos(Pos::new(HPos::Center, VPos::Bottom));
            area.draw(&plotters::element::Text::new(value.to_string(), (middle, bottom - high - 4), above))
                .map_err(failed)?;
            let below = style(15).pos(Pos::new(HPos::Center, VPos::Top));
            area.draw(&plotters::element::Text::new(*name, (middle, bottom + 6), below)).map_err(failed)?;
        }
        area.present().map_err(failed)?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_a_bar_a_count_and_a_name_for_each_and_no_markup_of_others() {
        let chart = Chart { name: "x", bars: vec![("1 min", 3), ("<script>", 0), ("longer", 10_000)] };
        let svg = svg(&chart).unwrap();
        assert!(svg.starts_with("<svg ") && svg.contains("10000") && svg.contains("1 min"), "{svg}");
        assert!(!svg.contains("<script>") && !svg.contains("href"), "{svg}");
    }
}
