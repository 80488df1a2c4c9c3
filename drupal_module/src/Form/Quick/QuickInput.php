<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Quick;

use Drupal\background_agents\Preset\ContentFit;
use Drupal\background_agents\Preset\Preset;
use Drupal\background_agents\Quick\QuickChoice;

/**
 * The quick form as it was filled in so far, with defaults for the rest.
 *
 * @internal
 */
final readonly class QuickInput {

  /**
   * Sets what QuickDefaults found.
   *
   * @param array<string, \Drupal\background_agents\Preset\Preset> $presets
   *   Those that are offered.
   * @param array<string, \Drupal\background_agents\Preset\ContentFit> $fits
   *   The content types that fit the preset.
   * @param \Drupal\background_agents\Quick\QuickChoice $choice
   *   What is chosen; its content has all fields that fit.
   * @param string $field
   *   The field that is chosen; '' where the preset takes all.
   * @param array<string, string> $workflows
   *   The workflows that the person may add the content type to.
   */
  public function __construct(
    public array $presets,
    public array $fits,
    public QuickChoice $choice,
    public string $field,
    public array $workflows,
  ) {}

  /**
   * Returns the chosen preset.
   */
  public function preset(): Preset {
    return $this->choice->preset;
  }

  /**
   * Returns the content type with all fields that fit.
   */
  public function fit(): ContentFit {
    return $this->fits[$this->key()];
  }

  /**
   * Returns the key of the content type, such as node:article.
   */
  public function key(): string {
    return $this->choice->content->entityType . ':' . $this->choice->content->bundle;
  }

}
