<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\background_agents\Preset\ContentFit;
use Drupal\background_agents\Preset\Preset;

/**
 * What a person chose in the quick form.
 *
 * @internal
 */
final readonly class QuickChoice {

  /**
   * Sets what was chosen.
   *
   * @param \Drupal\background_agents\Preset\Preset $preset
   *   What the agent does.
   * @param \Drupal\background_agents\Preset\ContentFit $content
   *   On which content, with the fields that it writes.
   * @param string $start
   *   One of Preset::STARTS.
   * @param string $time
   *   The time of day, such as 06:00, for "daily".
   * @param string $reviewers
   *   Id of a role; '': those who may review now.
   * @param string $model
   *   The model.
   * @param string $workflow
   *   The workflow to add the content type to, where it is in none; an id,
   *   Workflows::NEW, or '' for none.
   * @param string $label
   *   The name that was typed; '': one is made.
   * @param string $task
   *   What is to be done, where the preset asks for it.
   */
  public function __construct(
    public Preset $preset,
    public ContentFit $content,
    public string $start = 'hand',
    public string $time = '06:00',
    public string $reviewers = '',
    public string $model = '',
    public string $workflow = '',
    public string $label = '',
    public string $task = '',
  ) {}

}
