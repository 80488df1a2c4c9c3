<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Utility\Token;

/**
 * What tokens there are, to be put into a field by one click.
 *
 * @internal
 */
final class TokenBrowser {

  use StringTranslationTrait;

  public function __construct(
    private readonly ModuleHandlerInterface $moduleHandler,
    private readonly Token $token,
  ) {}

  /**
   * The browser of the module Token, or without that a plain list.
   *
   * @param string[] $types
   *   Types of tokens, such as node.
   */
  public function build(array $types): array {
    if ($this->moduleHandler->moduleExists('token')) {
      return ['#theme' => 'token_tree_link', '#token_types' => $types];
    }
    $info = $this->token->getInfo();
    $list = [
      '#type' => 'details',
      '#title' => $this->t('Tokens'),
      '#description' => $this->t('A click puts the token into the field that you were in last.'),
      '#attributes' => ['class' => ['ba-tokens']],
      '#attached' => ['library' => ['background_agents/tokens']],
    ];
    foreach (array_intersect($types, array_keys($info['tokens'])) as $type) {
      $list[$type] = [
        '#type' => 'table',
        '#caption' => $info['types'][$type]['name'] ?? $type,
        '#header' => [$this->t('Token'), $this->t('Name')],
        '#rows' => [],
      ];
      foreach ($info['tokens'][$type] as $name => $told) {
        // A token that leads on to another type needs a name behind it.
        if (!isset($told['type'])) {
          $list[$type]['#rows'][] = [['data' => $this->button("[$type:$name]")], $told['name'] ?? $name];
        }
      }
    }
    return $list;
  }

  /**
   * A token; without JavaScript a text that can be selected.
   */
  private function button(string $token): array {
    return [
      '#type' => 'html_tag',
      '#tag' => 'code',
      '#value' => $token,
      '#attributes' => ['data-ba-token' => $token],
    ];
  }

}
