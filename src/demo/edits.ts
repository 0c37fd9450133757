// Lines that hands write during the demo.

export const adoptedSkinLine = '# softer in the evening'
export const soulLine = 'You hum while you work.'
export const sidecarSoulLine = 'You say when you do not know.'
