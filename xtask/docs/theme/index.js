// The system's own fonts: nothing to fetch, from here or elsewhere.
import DefaultTheme from 'vitepress/theme-without-fonts';

import './own.css';

export default DefaultTheme;
